// Generated from /openapi.json by `npm run sdk-types`.
export interface paths {
    "/v1/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List verifications, newest first
         * @description Filters combine. A test key lists test verifications only, a live key live ones.
         */
        get: operations["listVerifications"];
        put?: never;
        /**
         * Start a verification
         * @description Commits the verification, responds, and calls the phone within a second. A live verification of the same phone and requester (`device`, or else `client_ip`) is cancelled (`superseded`); verifications of other requesters stay live, up to three per phone.
         */
        post: operations["startVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm a verification by phone
         * @description Checks the code against the live verifications of the phone: first the one of the same requester (`device`, or else `client_ip`), then those of others. Counts as one check; a wrong code costs guesses for every code it was compared with. 404 if no verification of the phone is live. Apply the result to the session that submitted the code: somebody else may have started the verification.
         */
        post: operations["confirmByPhone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a verification and its attempts
         * @description Its status, and each call or message with its outcome. To learn of changes, poll once a second while a person waits, or use webhooks.
         */
        get: operations["getVerification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}/call-to.svg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a QR code of the number to call
         * @description The `uri` of `call_to` as a QR code, for a user who reads your page on another device than the phone. 404 while there is no number.
         */
        get: operations["getCallToImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm a verification
         * @description Submits the code that the user typed.
         */
        post: operations["confirmVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call the phone again
         * @description Places another call, through the next account of the route, or uses another channel. A verification can be retried three times, each time 30 seconds after the previous call. The codes of earlier calls stay valid.
         */
        post: operations["retryVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}/next": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin the next step of the workflow now
         * @description For a user who cannot use the current channel. Steps that nothing can serve are skipped. If the current step reached the phone, it counts as a start in every limit. Codes of earlier steps stay valid.
         */
        post: operations["nextVerificationStep"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a verification
         * @description Its codes stop working. A call already placed still rings.
         */
        post: operations["cancelVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get the proof of an approved verification
         * @description Works as often as you like for ten minutes after approval: if the response to a confirm was lost, or from another part of your system.
         */
        post: operations["proveVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report what the user says about the call
         * @description Counted by `GET /v1/statistics` and kept in the audit. Possible at any time; each reason counts once.
         */
        post: operations["giveFeedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the audit trail of a verification
         * @description Every event, oldest first. Each carries the hash of the previous one; `chain` says whether the trail is complete and unchanged.
         */
        get: operations["getVerificationAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            /**
             * Format: uri
             * @description The page that explains `code`.
             */
            type: string;
            /** @description A summary of `code`, the same in every response. */
            title: string;
            /** @description The HTTP status. */
            status: number;
            /** @description What is wrong with this request. */
            detail: string;
            /**
             * @description A stable code: base decisions on it, not on the texts.
             * @enum {string}
             */
            code: "malformed_json" | "unauthorized" | "insufficient_balance" | "insufficient_scope" | "origin_not_allowed" | "destination_denied" | "denied_by_hook" | "not_found" | "method_not_allowed" | "conflict" | "idempotency_in_progress" | "verification_not_active" | "verification_not_approved" | "code_not_ready" | "no_code_expected" | "attempt_in_progress" | "no_next_channel" | "verification_expired" | "proof_expired" | "body_too_large" | "unsupported_media_type" | "invalid_request" | "idempotency_mismatch" | "code_incorrect" | "checks_exhausted" | "guesses_exhausted" | "too_many_requests" | "rate_limited" | "phone_cooldown" | "retry_too_soon" | "internal" | "unavailable";
            /** @description The same as the header `X-Request-Id`. */
            request_id: string;
            /** @description With `invalid_request`: every invalid field. */
            errors?: {
                /** @description The field, e.g. `settings.pin_length`. */
                path: string;
                /** @description What is wrong with the field. */
                message: string;
            }[];
            /** @description After a wrong code: how many checks the verification has left. */
            checks_left?: number;
            /** @description After a denied start: the id of the `denied` verification. */
            verification?: string;
            /** @description The status of the verification, if the status caused the error. */
            verification_status?: string;
        } & {
            [key: string]: unknown;
        };
        StartVerification: {
            /** @description E.164, or national notation when the tenant has a default region. */
            phone: string;
            /**
             * @description How to reach the phone. A channel without a route for the phone is refused (`destination_denied`); test keys have all. Without it and `workflow`, the policy’s `default_workflow`, else a flash call.
             * @enum {string}
             */
            channel?: "flash_call" | "voice" | "sms" | "telegram" | "inbound_call";
            /** @description Up to five channels to try in order; not together with `channel`. The next step begins when no account of the current one could reach the phone, or when its `wait_seconds` are over. The codes of all steps stay valid. A step whose channel has no route, or that a limit refuses, is skipped. */
            workflow?: {
                /**
                 * @description How the step reaches the phone.
                 * @enum {string}
                 */
                channel: "flash_call" | "voice" | "sms" | "telegram" | "inbound_call";
                /** @description How long to wait before the next step begins, in seconds. If the phone was reached and the pause between starts (`phone_pause_seconds`) is not over by then, the next step is skipped. Default: `45`. */
                wait_seconds?: number;
            }[];
            /** @description Lifetime of the verification, in seconds; at most 600 without a workflow. Default: `300`. */
            ttl_seconds?: number;
            /** @description How many wrong codes lock the verification. Default: `3`. */
            max_checks?: number;
            /** @description The user’s language, a BCP 47 tag: the text of an SMS or voice call is in it, or in its base language, if there is such a text; see `GET /v1/texts`. */
            locale?: string;
            /** @description Your own id for the verification; lists can filter by it. */
            reference?: string;
            /**
             * Format: ip
             * @description The end user’s IP address; limits count it.
             */
            client_ip?: string;
            /** @description Your own opaque id for the user’s device or session; stored only as a keyed hash. Send it, or `client_ip`, with every start and confirm: strangers then cannot use up what is reserved for the phone’s owner. */
            device?: string;
            /** @description Up to 20 of your own values, returned with the verification. Names have up to 40 characters, values up to 500. */
            metadata?: {
                [key: string]: string;
            };
            /** @description Adds a `client_token` to the response, with which the user’s browser or app can follow and confirm this verification. Default: `false`. */
            client_token?: boolean;
        };
        StartedVerification: components["schemas"]["Verification"] & {
            /** @description Only with `"client_token": true`. Works until ten minutes after the end of the verification. */
            client_token?: string;
        };
        Verification: {
            /** @description The id; its prefix says of what kind. */
            id: string;
            /**
             * @description `pending`: queued; `calling`: an operator was asked to call, or waits for the phone’s call; `delivered`: the phone rang. The others are final.
             * @enum {string}
             */
            status: "pending" | "calling" | "delivered" | "approved" | "locked" | "failed" | "expired" | "cancelled" | "denied";
            /** @description E.164. */
            phone: string;
            /**
             * @description The channel of the current step.
             * @enum {string}
             */
            channel: "flash_call" | "voice" | "sms" | "telegram" | "inbound_call";
            /** @description The steps; null without a workflow. */
            workflow: {
                /**
                 * @description How the step reaches the phone.
                 * @enum {string}
                 */
                channel: "flash_call" | "voice" | "sms" | "telegram" | "inbound_call";
                /** @description How long to wait before the next step begins, in seconds. If the phone was reached and the pause between starts (`phone_pause_seconds`) is not over by then, the next step is skipped. Default: `45`. */
                wait_seconds?: number;
            }[] | null;
            /**
             * @description The channel of the next step; null if there is none.
             * @enum {string|null}
             */
            next_channel: "flash_call" | "voice" | "sms" | "telegram" | "inbound_call" | null;
            /**
             * Format: date-time
             * @description When the next step begins by itself; null: never.
             */
            next_at: string | null;
            /**
             * Format: date-time
             * @description When a retry is next allowed, as far as this verification is concerned; null: never.
             */
            retry_at: string | null;
            /** @description How many digits the code has; null until it exists. */
            code_length: number | null;
            /** @description All lengths that codes can have, known at the start; empty without a code. */
            code_lengths: number[];
            /** @description Which number calls, without its code; null unless the operator or the account’s setting `caller` says so. For calls only. */
            caller_hint: {
                /** @description The first digits of the calling number. */
                prefix: string;
                /** @description How many digits the number has. */
                length: number;
                /** @description The number to show: `·` for each unknown digit, `•` for each digit of the code. */
                masked: string;
            } | null;
            /** @description For `inbound_call`: the number that the user calls from the phone; the call is rejected before it is answered. The verification becomes `approved` once the operator reports it. Null until the operator has given a number, and after its time. */
            call_to: {
                /** @description The number to call, in E.164. */
                number: string;
                /** @description A link that dials it. */
                uri: string;
                /** @description The number to show. */
                display: string;
                /**
                 * Format: date-time
                 * @description Until when a call approves.
                 */
                expires_at: string;
            } | null;
            /**
             * @description `client`: it was started at a door for existing clients, whose client gets the code and compares it. It takes no confirm, and ends as `expired`.
             * @enum {string}
             */
            checked_by: "service" | "client";
            /** @description How many more wrong codes lock the verification. */
            checks_left: number;
            /** @description How many calls were requested from operators. */
            attempts: number;
            /**
             * Format: date-time
             * @description When it was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the verification expires unless it ends earlier.
             */
            expires_at: string;
            /**
             * Format: date-time
             * @description When it became `delivered`.
             */
            delivered_at: string | null;
            /**
             * Format: date-time
             * @description When it reached its final status.
             */
            completed_at: string | null;
            /** @description Why the verification failed or was superseded. */
            failure: {
                /**
                 * @description The reason, for programs.
                 * @enum {string}
                 */
                code: "no_such_number" | "unreachable" | "rejected" | "unknown" | "no_route" | "no_operator_available" | "insufficient_balance" | "superseded";
                /** @description The same as the code, in a sentence. */
                detail: string;
            } | null;
            /** @description As sent with the start. */
            reference: string | null;
            /** @description As sent with the start. */
            metadata: {
                [key: string]: string;
            } | null;
            /** @description False for a verification started with a test key. */
            livemode: boolean;
        };
        VerificationPage: {
            /** @description The items, at most `limit`. */
            data: components["schemas"]["Verification"][];
            /** @description Pass it as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
        };
        ConfirmByPhone: {
            /** @description E.164, or national notation when the tenant has a default region. */
            phone: string;
            /** @description The last digits of the calling number, or the whole number in any usual notation. */
            code: string;
            /** @description Considers only verifications started with this `reference`. */
            reference?: string;
            /**
             * Format: ip
             * @description The end user’s IP address; limits count it.
             */
            client_ip?: string;
            /** @description Your own opaque id for the user’s device or session; stored only as a keyed hash. Send it, or `client_ip`, with every start and confirm: strangers then cannot use up what is reserved for the phone’s owner. */
            device?: string;
        };
        ApprovedVerification: components["schemas"]["Verification"] & {
            /** @description A compact JWS (EdDSA); verify it with the keys from /.well-known/jwks.json. */
            proof: string;
        };
        VerificationDetail: components["schemas"]["Verification"] & {
            /** @description The attempts, oldest first. */
            attempts_detail: components["schemas"]["Attempt"][];
        };
        Attempt: {
            /** @description The id; its prefix says of what kind. */
            id: string;
            /**
             * @description How the phone is reached.
             * @enum {string}
             */
            channel: "flash_call" | "voice" | "sms" | "telegram" | "inbound_call";
            /** @description Null until an account is chosen. */
            provider: string | null;
            /**
             * @description How the attempt stands, or how it ended.
             * @enum {string}
             */
            status: "queued" | "placing" | "placed" | "answered" | "busy" | "no_answer" | "delivered" | "called" | "unreachable" | "no_such_number" | "not_called" | "rejected" | "failed" | "unknown" | "released";
            /** @description Which number calls, without its code; null unless the operator or the account’s setting `caller` says so. For calls only. */
            caller_hint: {
                /** @description The first digits of the calling number. */
                prefix: string;
                /** @description How many digits the number has. */
                length: number;
                /** @description The number to show: `·` for each unknown digit, `•` for each digit of the code. */
                masked: string;
            } | null;
            /** @description The network of the phone; null unless an operator names it, and once the phone is erased. */
            carrier: {
                /** @description As the operator names it. */
                name: string;
                /** @description Mobile country code; null if not told. */
                mcc: string | null;
                /** @description Mobile network code; null if not told. */
                mnc: string | null;
                /** @description The provider that named it. */
                source: string;
            } | null;
            /**
             * Format: date-time
             * @description When the operator accepted the call.
             */
            placed_at: string | null;
            /**
             * Format: date-time
             * @description When the attempt ended.
             */
            ended_at: string | null;
            cost: components["schemas"]["Money"];
        };
        Money: {
            /** @description A decimal number with up to six places. */
            amount: string;
            /** @description ISO 4217. */
            currency: string;
        } | null;
        ConfirmVerification: {
            /** @description The last digits of the calling number, or the whole number in any usual notation. */
            code: string;
            /**
             * Format: ip
             * @description The end user’s IP address; limits count it.
             */
            client_ip?: string;
            /** @description Your own opaque id for the user’s device or session; stored only as a keyed hash. Send it, or `client_ip`, with every start and confirm: strangers then cannot use up what is reserved for the phone’s owner. */
            device?: string;
        };
        RetryVerification: {
            /**
             * @description Another channel. If it is that of a later step, the verification moves on to that step. Without it, the current channel.
             * @enum {string}
             */
            channel?: "flash_call" | "voice" | "sms" | "telegram" | "inbound_call";
        };
        Proof: {
            /** @description A compact JWS (EdDSA); verify it with the keys from /.well-known/jwks.json. */
            proof: string;
            verification: components["schemas"]["Verification"];
        };
        Feedback: {
            /**
             * @description `no_call`: nothing rang or arrived. `other_number`: the number that rang does not end with the code. `marked_spam`: the phone showed the call as spam. `code_refused`: the user says that the code was right. `answered`: the user, or a voicemail, answered the call.
             * @enum {string}
             */
            reason: "no_call" | "other_number" | "marked_spam" | "code_refused" | "answered";
        };
        AuditTrail: {
            /** @description The items, at most `limit`. */
            data: components["schemas"]["AuditEvent"][];
            /**
             * @description Whether every event is there and unchanged.
             * @enum {string}
             */
            chain: "intact" | "broken";
        };
        AuditEvent: {
            /** @description The id; its prefix says of what kind. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened.
             */
            at: string;
            /** @description What happened. */
            type: string;
            /** @description The API key, the credential of a door, `worker` or `system`. */
            actor: string;
            /** @description The request that caused it; null if none did. */
            request_id: string | null;
            /** @description Details of the event. Never a code, key or phone. */
            data: {
                [key: string]: unknown;
            };
            /** @description SHA-256 of the previous hash and of everything this says, in hexadecimal. */
            hash: string;
            /** @description The hash of the one before it; zeros for the first. */
            prev_hash: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listVerifications: {
        parameters: {
            query?: {
                /** @description How it stands. */
                status?: "pending" | "calling" | "delivered" | "approved" | "locked" | "failed" | "expired" | "cancelled" | "denied";
                /** @description E.164, or national notation when the tenant has a default region. */
                phone?: string;
                /** @description The last digits of the phone, four or more. */
                phone_ends?: string;
                /** @description Your own id for it. */
                reference?: string;
                /** @description From this time on. */
                from?: string;
                /** @description Before this time. */
                to?: string;
                /** @description How many items a page has at most. Default: `20`. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of verifications. */
            200: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationPage"];
                };
            };
        };
    };
    startVerification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
                /** @description A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartVerification"];
            };
        };
        responses: {
            /** @description Started. */
            201: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    /** @description `true` if this is the stored response to an earlier request. */
                    "Idempotency-Replayed"?: string;
                    /** @description The path of the verification. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedVerification"];
                };
            };
        };
    };
    confirmByPhone: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
                /** @description A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmByPhone"];
            };
        };
        responses: {
            /** @description The code is correct; the phone is verified. */
            200: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    /** @description `true` if this is the stored response to an earlier request. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovedVerification"];
                };
            };
        };
    };
    getVerification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The verification. */
            200: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationDetail"];
                };
            };
        };
    };
    getCallToImage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An SVG image. */
            200: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": string;
                };
            };
        };
    };
    confirmVerification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
                /** @description A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmVerification"];
            };
        };
        responses: {
            /** @description The code is correct; the phone is verified. */
            200: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    /** @description `true` if this is the stored response to an earlier request. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovedVerification"];
                };
            };
        };
    };
    retryVerification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
                /** @description A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RetryVerification"];
            };
        };
        responses: {
            /** @description The call is queued. */
            202: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    /** @description `true` if this is the stored response to an earlier request. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
        };
    };
    nextVerificationStep: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
                /** @description A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The step has begun. */
            202: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    /** @description `true` if this is the stored response to an earlier request. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
        };
    };
    cancelVerification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
                /** @description A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Cancelled. */
            200: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    /** @description `true` if this is the stored response to an earlier request. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
        };
    };
    proveVerification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
                /** @description A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The proof. */
            200: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    /** @description `true` if this is the stored response to an earlier request. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proof"];
                };
            };
        };
    };
    giveFeedback: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
                /** @description A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Feedback"];
            };
        };
        responses: {
            /** @description Noted. */
            204: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    /** @description `true` if this is the stored response to an earlier request. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getVerificationAudit: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it. */
                "X-Request-Id"?: string;
                /** @description The tenant to act for; requires a key with the scope `admin`. */
                "Ringproof-Tenant"?: string;
            };
            path: {
                /** @description As `GET /v1/verifications` names it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    /** @description The id of this request in logs and in the audit. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditTrail"];
                };
            };
        };
    };
}
