CREATE TABLE "account_number_days" (
	"account_id" uuid NOT NULL,
	"day" date NOT NULL,
	"told" integer NOT NULL,
	"replaced" integer NOT NULL,
	CONSTRAINT "account_number_days_account_id_day_pk" PRIMARY KEY("account_id","day"),
	CONSTRAINT "account_number_days_counts" CHECK (replaced between 0 and told)
);
--> statement-breakpoint
CREATE TABLE "account_ratios" (
	"account_id" uuid NOT NULL,
	"channel" text DEFAULT 'flash_call' NOT NULL,
	"prefix" text NOT NULL,
	"delivered" real DEFAULT 1 NOT NULL,
	"delivered_calls" bigint DEFAULT 0 NOT NULL,
	"approved" real DEFAULT 1 NOT NULL,
	"approved_calls" bigint DEFAULT 0 NOT NULL,
	"demoted_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_ratios_account_id_channel_prefix_pk" PRIMARY KEY("account_id","channel","prefix")
);
--> statement-breakpoint
CREATE TABLE "account_states" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"breaker" text DEFAULT 'closed' NOT NULL,
	"consecutive_faults" integer DEFAULT 0 NOT NULL,
	"fault_ratio" real DEFAULT 0 NOT NULL,
	"calls" bigint DEFAULT 0 NOT NULL,
	"openings" integer DEFAULT 0 NOT NULL,
	"open_until" timestamp (3) with time zone,
	"probing_until" timestamp (3) with time zone,
	"second_at" timestamp (3) with time zone,
	"second_count" integer DEFAULT 0 NOT NULL,
	"balance_micros" bigint,
	"balance_limit_micros" bigint,
	"call_price_micros" bigint,
	"balance_currency" text,
	"balance_at" timestamp (3) with time zone,
	"balance_error" text,
	"balance_fault" text,
	"numbers_check" text,
	"numbers_at" timestamp (3) with time zone,
	"numbers_foreign" text[],
	CONSTRAINT "account_states_breaker" CHECK (breaker in ('closed', 'open', 'half_open')),
	CONSTRAINT "account_states_numbers" CHECK (numbers_check in ('owned', 'unconfirmed', 'foreign'))
);
--> statement-breakpoint
CREATE TABLE "account_stops" (
	"key" text PRIMARY KEY NOT NULL,
	"account_id" uuid,
	"reason" text NOT NULL,
	"said" text,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_stops_reason" CHECK (reason in ('unauthorized'))
);
--> statement-breakpoint
CREATE TABLE "audit_events" (
	"id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"verification_id" uuid,
	"seq" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"actor" text NOT NULL,
	"request_id" text,
	"data" text NOT NULL,
	"prev_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL
) PARTITION BY RANGE ("verification_id");
--> statement-breakpoint
CREATE TABLE "audit_checkpoint_leaves" (
	"checkpoint_id" uuid NOT NULL,
	"part" integer NOT NULL,
	"leaves" "bytea" NOT NULL,
	CONSTRAINT "audit_checkpoint_leaves_checkpoint_id_part_pk" PRIMARY KEY("checkpoint_id","part")
);
--> statement-breakpoint
CREATE TABLE "audit_checkpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigint NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"events" bigint NOT NULL,
	"prev_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"kid" text NOT NULL,
	"signature" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"kind" text NOT NULL,
	"pseudonym" text,
	"sealed_phone" "bytea",
	"actor" text NOT NULL,
	"request_id" text,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"completed_at" timestamp (3) with time zone,
	"verifications" integer NOT NULL,
	"cancelled" integer NOT NULL,
	"certificate" text,
	CONSTRAINT "erasures_kind_known" CHECK (kind in ('phone', 'retention')),
	CONSTRAINT "erasures_phone" CHECK ((kind = 'phone') = (pseudonym is not null)),
	CONSTRAINT "erasures_sealed" CHECK (completed_at is null or sealed_phone is null),
	CONSTRAINT "erasures_certified" CHECK ((completed_at is null) = (certificate is null))
);
--> statement-breakpoint
CREATE TABLE "retention_marks" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"verification_id" uuid NOT NULL,
	CONSTRAINT "retention_marks_tenant_id_livemode_pk" PRIMARY KEY("tenant_id","livemode")
);
--> statement-breakpoint
CREATE TABLE "account_costs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"prefix" text NOT NULL,
	"channel" text NOT NULL,
	"per" text NOT NULL,
	"amount_micros" bigint NOT NULL,
	"currency" text NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "account_costs_prefix_form" CHECK (prefix ~ '^\+[0-9]{0,15}$'),
	CONSTRAINT "account_costs_amount" CHECK (amount_micros >= 0),
	CONSTRAINT "account_costs_currency" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "account_costs_per_known" CHECK (per in ('attempt', 'delivered'))
);
--> statement-breakpoint
CREATE TABLE "daily_spend" (
	"tenant_id" uuid NOT NULL,
	"day" date NOT NULL,
	"spent_micros" bigint NOT NULL,
	"captured_micros" bigint DEFAULT 0 NOT NULL,
	"captured_calls" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "daily_spend_tenant_id_day_pk" PRIMARY KEY("tenant_id","day")
);
--> statement-breakpoint
CREATE TABLE "ledger_checks" (
	"day" date PRIMARY KEY NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"problems" bigint
);
--> statement-breakpoint
CREATE TABLE "prices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid,
	"prefix" text NOT NULL,
	"channel" text NOT NULL,
	"per" text NOT NULL,
	"amount_micros" bigint NOT NULL,
	"currency" text NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "prices_prefix_form" CHECK (prefix ~ '^\+[0-9]{0,15}$'),
	CONSTRAINT "prices_amount" CHECK (amount_micros >= 0),
	CONSTRAINT "prices_currency" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "prices_per_known" CHECK (per in ('attempt', 'delivered', 'approved'))
);
--> statement-breakpoint
CREATE TABLE "ledger_balances" (
	"account" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"currency" text NOT NULL,
	"balance_micros" bigint NOT NULL,
	CONSTRAINT "ledger_balances_owner_id_account_currency_pk" PRIMARY KEY("owner_id","account","currency")
);
--> statement-breakpoint
CREATE TABLE "ledger_transactions" (
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"from_account" text NOT NULL,
	"to_account" text NOT NULL,
	"currency" text NOT NULL,
	"amount_micros" bigint NOT NULL,
	"verification_id" uuid,
	"attempt_id" uuid,
	"tenant_id" uuid,
	"finding_id" uuid,
	"reason" text,
	"reference" text,
	"actor" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "ledger_transactions_amount" CHECK (amount_micros > 0),
	CONSTRAINT "ledger_transactions_currency" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "ledger_transactions_accounts" CHECK ((kind, from_account, to_account) in (('reserve', 'funds', 'reserved'), ('capture', 'reserved', 'revenue'), ('release', 'reserved', 'funds'), ('cost', 'operator_cost', 'operator_payable'), ('topup', 'top_ups', 'funds'), ('adjustment', 'adjustments', 'funds'), ('adjustment', 'funds', 'adjustments'), ('adjustment', 'operator_cost', 'operator_payable'), ('adjustment', 'operator_payable', 'operator_cost'))),
	CONSTRAINT "ledger_transactions_attempt" CHECK ((attempt_id is not null) = (kind in ('reserve', 'capture', 'release', 'cost'))
        and (attempt_id is null) = (verification_id is null)),
	CONSTRAINT "ledger_transactions_tenant" CHECK (tenant_id is not distinct from case when from_account like 'operator%' then null else owner_id end),
	CONSTRAINT "ledger_transactions_finding_kind" CHECK (finding_id is null or kind = 'adjustment'),
	CONSTRAINT "ledger_transactions_reason" CHECK (kind <> 'adjustment' or reason is not null)
) PARTITION BY RANGE ("verification_id");
--> statement-breakpoint
CREATE TABLE "reconciliation_findings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"fingerprint" text NOT NULL,
	"attempt_id" uuid,
	"verification_id" uuid,
	"operator_row" text,
	"phone" text,
	"at" timestamp (3) with time zone NOT NULL,
	"ours" jsonb NOT NULL,
	"theirs" jsonb NOT NULL,
	"difference_micros" bigint NOT NULL,
	"currency" text NOT NULL,
	"state" text NOT NULL,
	"note" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"resolved_by" text,
	CONSTRAINT "reconciliation_findings_kind_known" CHECK (kind in ('charged_unknown', 'not_charged', 'price_differs', 'status_differs', 'balance_differs')),
	CONSTRAINT "reconciliation_findings_state_known" CHECK (state in ('open', 'explained', 'written_off'))
);
--> statement-breakpoint
CREATE TABLE "reconciliation_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"slot" timestamp (3) with time zone,
	"from_at" timestamp (3) with time zone NOT NULL,
	"to_at" timestamp (3) with time zone NOT NULL,
	"status" text NOT NULL,
	"error" text,
	"records" integer DEFAULT 0 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"findings" integer DEFAULT 0 NOT NULL,
	"balance_micros" bigint,
	"balance_currency" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "reconciliation_runs_status_known" CHECK (status in ('running', 'done', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "compat_counters" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"last" integer NOT NULL,
	CONSTRAINT "compat_counters_tenant_id_livemode_pk" PRIMARY KEY("tenant_id","livemode")
);
--> statement-breakpoint
CREATE TABLE "compat_credentials" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"facade" text NOT NULL,
	"name" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"hint" text NOT NULL,
	"sealed_sign_key" "bytea",
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "compat_credentials_facade" CHECK (facade in ('telefon-ip', 'new-tel')),
	CONSTRAINT "compat_credentials_sign_key" CHECK ((facade = 'new-tel') = (sealed_sign_key is not null))
);
--> statement-breakpoint
CREATE TABLE "compat_calls" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"number" integer NOT NULL,
	"verification_id" uuid NOT NULL,
	"credential_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "compat_calls_tenant_id_livemode_number_pk" PRIMARY KEY("tenant_id","livemode","number")
);
--> statement-breakpoint
CREATE TABLE "compat_notices" (
	"verification_id" uuid PRIMARY KEY NOT NULL,
	"sealed_url" "bytea" NOT NULL,
	"tries" smallint DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "compat_signatures" (
	"signature" "bytea" PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "spent_tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"event_id" uuid NOT NULL,
	"type" text NOT NULL,
	"verification_id" uuid,
	"sequence" integer,
	"body" json NOT NULL,
	"status" text NOT NULL,
	"tries" smallint NOT NULL,
	"due_at" timestamp (3) with time zone,
	"tried_at" timestamp (3) with time zone,
	"response_status" smallint,
	"response_body" text,
	"milliseconds" integer,
	"error" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "webhook_deliveries_status_known" CHECK (status in ('waiting', 'delivered', 'failed', 'cancelled')),
	CONSTRAINT "webhook_deliveries_due_while_waiting" CHECK ((due_at is not null) = (status = 'waiting')),
	CONSTRAINT "webhook_deliveries_ended" CHECK ((ended_at is null) = (status = 'waiting'))
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"url" text NOT NULL,
	"event_types" text[],
	"description" text,
	"enabled" boolean NOT NULL,
	"disabled_reason" text,
	"secret" "bytea" NOT NULL,
	"former_secret" "bytea",
	"former_until" timestamp (3) with time zone,
	"failing_since" timestamp (3) with time zone,
	"resumes_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "webhook_endpoints_disabled" CHECK (not enabled or disabled_reason is null),
	CONSTRAINT "webhook_endpoints_reason_known" CHECK (disabled_reason in ('gone', 'failing')),
	CONSTRAINT "webhook_endpoints_former" CHECK ((former_secret is null) = (former_until is null))
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"answer" "bytea",
	"result" "bytea",
	"run" uuid DEFAULT gen_random_uuid() NOT NULL,
	"running_until" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_tenant_id_livemode_key_pk" PRIMARY KEY("tenant_id","livemode","key")
);
--> statement-breakpoint
CREATE TABLE "known_requesters" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"phone_key" "bytea" NOT NULL,
	"requester" "bytea" NOT NULL,
	"approved_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "known_requesters_tenant_id_livemode_phone_key_requester_pk" PRIMARY KEY("tenant_id","livemode","phone_key","requester")
);
--> statement-breakpoint
CREATE TABLE "phone_counters" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"phone_key" "bytea" NOT NULL,
	"starts" timestamp (3) with time zone[] DEFAULT '{}' NOT NULL,
	"wrong_guesses" timestamp (3) with time zone[] DEFAULT '{}' NOT NULL,
	"named_starts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"named_guesses" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"updated_hour" timestamp GENERATED ALWAYS AS (date_trunc('hour', updated_at at time zone 'UTC')) STORED,
	CONSTRAINT "phone_counters_tenant_id_livemode_phone_key_pk" PRIMARY KEY("tenant_id","livemode","phone_key")
);
--> statement-breakpoint
CREATE TABLE "phone_standings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"phone_key" "bytea" NOT NULL,
	"sealed_phone" "bytea" NOT NULL,
	"standing" text NOT NULL,
	"until" timestamp (3) with time zone,
	"reason" text,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "phone_standings_known" CHECK (standing in ('trusted', 'blocked'))
);
--> statement-breakpoint
CREATE TABLE "policies" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"fields" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"hook_secret" "bytea",
	"hook_former_secret" "bytea",
	"hook_former_until" timestamp (3) with time zone,
	CONSTRAINT "policies_hook_secret" CHECK ((coalesce(fields -> 'start_hook', 'null') = 'null') = (hook_secret is null)),
	CONSTRAINT "policies_hook_former" CHECK ((hook_former_secret is null) = (hook_former_until is null) and (hook_secret is not null or hook_former_secret is null))
);
--> statement-breakpoint
CREATE TABLE "prefix_conversions" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"prefix" text NOT NULL,
	"minutes" jsonb NOT NULL,
	"probes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"denied_until" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"updated_hour" timestamp GENERATED ALWAYS AS (date_trunc('hour', updated_at at time zone 'UTC')) STORED,
	CONSTRAINT "prefix_conversions_tenant_id_livemode_prefix_pk" PRIMARY KEY("tenant_id","livemode","prefix")
);
--> statement-breakpoint
CREATE TABLE "start_counters" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"key" text NOT NULL,
	"minutes" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"updated_hour" timestamp GENERATED ALWAYS AS (date_trunc('hour', updated_at at time zone 'UTC')) STORED,
	CONSTRAINT "start_counters_tenant_id_livemode_key_pk" PRIMARY KEY("tenant_id","livemode","key")
);
--> statement-breakpoint
CREATE TABLE "provider_accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"name" text NOT NULL,
	"base_url" text,
	"credentials" "bytea" NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"sandbox_tenant_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "provider_accounts_address" CHECK ((base_url is null) = (sandbox_tenant_id is not null))
);
--> statement-breakpoint
CREATE TABLE "route_accounts" (
	"route_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"account_id" uuid NOT NULL,
	CONSTRAINT "route_accounts_route_id_position_pk" PRIMARY KEY("route_id","position")
);
--> statement-breakpoint
CREATE TABLE "routes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"prefix" text NOT NULL,
	"channel" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "routes_prefix_form" CHECK (prefix ~ '^\+[0-9]{0,15}$')
);
--> statement-breakpoint
CREATE TABLE "statistics" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"dimension" text NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"key" text NOT NULL,
	"erased" boolean NOT NULL,
	"names" text[] NOT NULL,
	"counts" bigint[] NOT NULL,
	CONSTRAINT "statistics_tenant_id_livemode_dimension_hour_key_erased_pk" PRIMARY KEY("tenant_id","livemode","dimension","hour","key","erased")
);
--> statement-breakpoint
CREATE TABLE "statistics_marks" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"from_hour" timestamp (3) with time zone NOT NULL,
	"to_hour" timestamp (3) with time zone NOT NULL,
	"complete" boolean NOT NULL,
	CONSTRAINT "statistics_marks_tenant_id_livemode_pk" PRIMARY KEY("tenant_id","livemode")
);
--> statement-breakpoint
CREATE TABLE "statistics_news" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "statistics_news_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"hint" text NOT NULL,
	"scopes" text[] NOT NULL,
	"livemode" boolean NOT NULL,
	"allowed_networks" text[] DEFAULT '{}' NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"replaced_by" uuid,
	"last_used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_keys_scopes" CHECK (scopes <@ array['verify', 'read', 'billing', 'admin'] and cardinality(scopes) > 0)
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"is_first" boolean DEFAULT false NOT NULL,
	"default_region" text,
	"currency" text DEFAULT 'RUB' NOT NULL,
	"credit_limit_micros" bigint DEFAULT 0 NOT NULL,
	"allowed_origins" text[] DEFAULT '{}' NOT NULL,
	"retention_days" integer DEFAULT 365 NOT NULL,
	"audit_seq" bigint DEFAULT 0 NOT NULL,
	"audit_head" "bytea",
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "tenants_currency" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "tenants_credit_limit" CHECK (credit_limit_micros >= 0),
	CONSTRAINT "tenants_retention" CHECK (retention_days between 7 and 3650)
);
--> statement-breakpoint
CREATE TABLE "texts" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"fields" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "adopted_rows" (
	"account_id" uuid NOT NULL,
	"operator_row" text NOT NULL,
	"attempt_id" uuid NOT NULL,
	CONSTRAINT "attempts_operator_row" PRIMARY KEY("account_id","operator_row")
);
--> statement-breakpoint
CREATE TABLE "asked_providers" (
	"provider" text NOT NULL,
	"verification_id" uuid NOT NULL,
	CONSTRAINT "asked_providers_provider_verification_id_pk" PRIMARY KEY("provider","verification_id")
) PARTITION BY RANGE ("verification_id");
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" uuid NOT NULL,
	"verification_id" uuid NOT NULL,
	"ordinal" smallint NOT NULL,
	"step" smallint DEFAULT 0 NOT NULL,
	"round" smallint NOT NULL,
	"channel" text NOT NULL,
	"account_id" uuid,
	"provider" text,
	"status" text NOT NULL,
	"status_detail" text,
	"assumed" boolean NOT NULL,
	"code_hash" "bytea",
	"code_length" smallint,
	"code_chance" integer,
	"caller_hint" jsonb,
	"carrier" jsonb,
	"operator_call_id" text,
	"ended_call" text GENERATED ALWAYS AS (case when ended_at is not null then operator_call_id end) STORED,
	"operator_row" text,
	"cost_micros" bigint,
	"cost_currency" text,
	"price_micros" bigint,
	"price_currency" text,
	"price_per" text,
	"charge" text,
	"settled_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"placing_at" timestamp (3) with time zone,
	"unclear_at" timestamp (3) with time zone,
	"placed_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"deadline_at" timestamp (3) with time zone,
	"looks" integer NOT NULL,
	"other_caller" "bytea",
	CONSTRAINT "attempts_verification_id_ordinal_pk" PRIMARY KEY("verification_id","ordinal"),
	CONSTRAINT "attempts_charge" CHECK ((charge is null) = (price_micros is null)),
	CONSTRAINT "attempts_status_known" CHECK (status in ('queued', 'placing', 'placed', 'answered', 'busy', 'no_answer', 'delivered', 'called', 'unreachable', 'no_such_number', 'not_called', 'rejected', 'failed', 'unknown', 'released')),
	CONSTRAINT "attempts_ended" CHECK ((ended_at is null) = (status in ('queued', 'placing', 'placed')))
) PARTITION BY RANGE ("verification_id");
--> statement-breakpoint
CREATE TABLE "due_attempts" (
	"attempt_id" uuid PRIMARY KEY NOT NULL,
	"verification_id" uuid NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"slot" integer NOT NULL,
	"account_id" uuid,
	"channel" text NOT NULL,
	"line_hash" "bytea",
	"noticed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "live_verifications" (
	"verification_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"phone" text NOT NULL,
	"requester" "bytea",
	"call_to_key" "bytea",
	"next_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "verifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"phone" text NOT NULL,
	"country" text,
	"channel" text NOT NULL,
	"workflow" jsonb,
	"step" smallint DEFAULT 0 NOT NULL,
	"next_at" timestamp (3) with time zone,
	"status" text NOT NULL,
	"outcome" text GENERATED ALWAYS AS (case when completed_at is not null then status end) STORED,
	"checks_left" smallint NOT NULL,
	"max_checks" smallint NOT NULL,
	"retries" smallint NOT NULL,
	"attempts" smallint NOT NULL,
	"code_length" smallint,
	"code_lengths" smallint[],
	"caller_hint" jsonb,
	"locale" text,
	"call_to" jsonb,
	"call_to_key" "bytea",
	"reference" text,
	"client_ip" text,
	"requester" "bytea",
	"metadata" jsonb,
	"failure_code" text,
	"compat_credential_id" uuid,
	"sealed_code" "bytea",
	"code_known_at" timestamp (3) with time zone,
	"feedback" text[],
	"tallied" boolean,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"delivered_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	"audit_seq" integer NOT NULL,
	"audit_head" "bytea" NOT NULL,
	CONSTRAINT "verifications_status_known" CHECK (status in ('pending', 'calling', 'delivered', 'approved', 'locked', 'failed', 'expired', 'cancelled', 'denied')),
	CONSTRAINT "verifications_checks" CHECK (checks_left between 0 and max_checks and max_checks between 1 and 10),
	CONSTRAINT "verifications_completed" CHECK ((completed_at is null) = (status in ('pending', 'calling', 'delivered'))),
	CONSTRAINT "verifications_sealed_code" CHECK (sealed_code is null or (compat_credential_id is not null and completed_at is null)),
	CONSTRAINT "verifications_locked" CHECK (status <> 'locked' or checks_left = 0)
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "account_number_days" ADD CONSTRAINT "account_number_days_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_ratios" ADD CONSTRAINT "account_ratios_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_states" ADD CONSTRAINT "account_states_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_stops" ADD CONSTRAINT "account_stops_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_checkpoint_leaves" ADD CONSTRAINT "audit_checkpoint_leaves_checkpoint_id_audit_checkpoints_id_fk" FOREIGN KEY ("checkpoint_id") REFERENCES "public"."audit_checkpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retention_marks" ADD CONSTRAINT "retention_marks_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_costs" ADD CONSTRAINT "account_costs_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prices" ADD CONSTRAINT "prices_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_findings" ADD CONSTRAINT "reconciliation_findings_run_id_reconciliation_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."reconciliation_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_findings" ADD CONSTRAINT "reconciliation_findings_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_runs" ADD CONSTRAINT "reconciliation_runs_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compat_counters" ADD CONSTRAINT "compat_counters_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compat_credentials" ADD CONSTRAINT "compat_credentials_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compat_calls" ADD CONSTRAINT "compat_calls_credential_id_compat_credentials_id_fk" FOREIGN KEY ("credential_id") REFERENCES "public"."compat_credentials"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "phone_standings" ADD CONSTRAINT "phone_standings_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policies" ADD CONSTRAINT "policies_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "provider_accounts" ADD CONSTRAINT "provider_accounts_sandbox_tenant_id_tenants_id_fk" FOREIGN KEY ("sandbox_tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_accounts" ADD CONSTRAINT "route_accounts_route_id_routes_id_fk" FOREIGN KEY ("route_id") REFERENCES "public"."routes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_accounts" ADD CONSTRAINT "route_accounts_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statistics" ADD CONSTRAINT "statistics_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statistics_marks" ADD CONSTRAINT "statistics_marks_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statistics_news" ADD CONSTRAINT "statistics_news_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "texts" ADD CONSTRAINT "texts_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_stops_account" ON "account_stops" USING btree ("account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_events_chain" ON "audit_events" USING btree ("verification_id","seq");--> statement-breakpoint
CREATE INDEX "audit_events_list" ON "audit_events" USING btree ("tenant_id","livemode","id");--> statement-breakpoint
CREATE INDEX "audit_events_type" ON "audit_events" USING btree ("tenant_id","livemode",hashtext(type),"id") WHERE type not in ('verification.created attempt.queued', 'verification.created attempt.queued billing.reserved', 'attempt.placing verification.calling', 'attempt.placed');--> statement-breakpoint
CREATE INDEX "audit_events_at" ON "audit_events" USING brin ("at") WITH (autosummarize=true,pages_per_range=32);--> statement-breakpoint
CREATE UNIQUE INDEX "audit_checkpoints_number" ON "audit_checkpoints" USING btree ("number");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_checkpoints_hour" ON "audit_checkpoints" USING btree ("hour");--> statement-breakpoint
CREATE INDEX "erasures_list" ON "erasures" USING btree ("tenant_id","livemode","id");--> statement-breakpoint
CREATE INDEX "erasures_pending" ON "erasures" USING btree ("id") WHERE completed_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "account_costs_once" ON "account_costs" USING btree ("account_id","channel","prefix","valid_from") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "ledger_checks_finished" ON "ledger_checks" USING btree ("finished_at");--> statement-breakpoint
CREATE UNIQUE INDEX "prices_once" ON "prices" USING btree (coalesce("tenant_id", '00000000-0000-0000-0000-000000000000'),"channel","prefix","currency","valid_from") WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_transactions_once" ON "ledger_transactions" USING btree ("verification_id","attempt_id",(case when kind in ('capture', 'release') then 'end' else kind end)) WHERE verification_id is not null;--> statement-breakpoint
CREATE INDEX "ledger_transactions_statement" ON "ledger_transactions" USING btree ("tenant_id","at","id") WHERE kind in ('capture', 'topup', 'adjustment');--> statement-breakpoint
CREATE INDEX "ledger_transactions_by_hand" ON "ledger_transactions" USING btree ("tenant_id","at") WHERE kind in ('topup', 'adjustment');--> statement-breakpoint
CREATE INDEX "ledger_transactions_at" ON "ledger_transactions" USING brin ("at") WITH (autosummarize=true);--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_findings_once" ON "reconciliation_findings" USING btree ("account_id","fingerprint");--> statement-breakpoint
CREATE INDEX "reconciliation_findings_run" ON "reconciliation_findings" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "reconciliation_findings_state" ON "reconciliation_findings" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "reconciliation_findings_call" ON "reconciliation_findings" USING btree ("attempt_id") WHERE attempt_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_runs_slot" ON "reconciliation_runs" USING btree ("account_id","slot") WHERE slot is not null;--> statement-breakpoint
CREATE INDEX "reconciliation_runs_account" ON "reconciliation_runs" USING btree ("account_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "compat_credentials_hash" ON "compat_credentials" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "compat_credentials_tenant" ON "compat_credentials" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "compat_calls_verification" ON "compat_calls" USING btree ("verification_id");--> statement-breakpoint
CREATE INDEX "compat_calls_time" ON "compat_calls" USING btree ("tenant_id","livemode","created_at","number");--> statement-breakpoint
CREATE INDEX "compat_notices_due" ON "compat_notices" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "compat_signatures_time" ON "compat_signatures" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "spent_tokens_age" ON "spent_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_list" ON "webhook_deliveries" USING btree ("endpoint_id","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("endpoint_id","due_at","id") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_verification" ON "webhook_deliveries" USING btree ("verification_id","endpoint_id","sequence") WHERE verification_id is not null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_finding" ON "webhook_deliveries" USING btree ((body #>> '{data,finding,phone}')) WHERE type = 'finding.created';--> statement-breakpoint
CREATE INDEX "webhook_endpoints_list" ON "webhook_endpoints" USING btree ("tenant_id","livemode","id");--> statement-breakpoint
CREATE INDEX "webhook_endpoints_enabled" ON "webhook_endpoints" USING btree ("id") WHERE enabled and deleted_at is null;--> statement-breakpoint
CREATE INDEX "webhook_endpoints_deleted" ON "webhook_endpoints" USING btree ("deleted_at") WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX "idempotency_keys_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "known_requesters_age" ON "known_requesters" USING btree ("approved_at");--> statement-breakpoint
CREATE INDEX "phone_counters_age" ON "phone_counters" USING btree ("updated_hour");--> statement-breakpoint
CREATE UNIQUE INDEX "phone_standings_phone" ON "phone_standings" USING btree ("tenant_id","phone_key");--> statement-breakpoint
CREATE INDEX "phone_standings_list" ON "phone_standings" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX "phone_standings_standing" ON "phone_standings" USING btree ("tenant_id","standing","id");--> statement-breakpoint
CREATE INDEX "phone_standings_end" ON "phone_standings" USING btree ("until") WHERE until is not null;--> statement-breakpoint
CREATE INDEX "prefix_conversions_age" ON "prefix_conversions" USING btree ("updated_hour");--> statement-breakpoint
CREATE INDEX "prefix_conversions_denied" ON "prefix_conversions" USING btree ("tenant_id","denied_until") WHERE denied_until is not null;--> statement-breakpoint
CREATE INDEX "start_counters_age" ON "start_counters" USING btree ("updated_hour");--> statement-breakpoint
CREATE UNIQUE INDEX "provider_accounts_name" ON "provider_accounts" USING btree ("name") WHERE deleted_at is null and sandbox_tenant_id is null;--> statement-breakpoint
CREATE UNIQUE INDEX "provider_accounts_sandbox" ON "provider_accounts" USING btree ("sandbox_tenant_id","provider") WHERE sandbox_tenant_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "route_accounts_once" ON "route_accounts" USING btree ("route_id","account_id");--> statement-breakpoint
CREATE INDEX "route_accounts_account" ON "route_accounts" USING btree ("account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "routes_prefix" ON "routes" USING btree ("channel","prefix");--> statement-breakpoint
CREATE INDEX "statistics_news_owner" ON "statistics_news" USING btree ("tenant_id","livemode");--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_hash" ON "api_keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "api_keys_tenant" ON "api_keys" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "tenants_first" ON "tenants" USING btree ("is_first") WHERE is_first;--> statement-breakpoint
CREATE INDEX "tenants_origins" ON "tenants" USING gin ("allowed_origins");--> statement-breakpoint
CREATE INDEX "attempts_operator_call" ON "attempts" USING btree ("ended_call") WHERE ended_call is not null;--> statement-breakpoint
CREATE INDEX "attempts_ids" ON "attempts" USING brin ("id") WITH (autosummarize=true,pages_per_range=16);--> statement-breakpoint
CREATE INDEX "due_attempts_slot" ON "due_attempts" USING btree ("slot");--> statement-breakpoint
CREATE INDEX "due_attempts_account" ON "due_attempts" USING btree ("account_id") WHERE account_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_line" ON "due_attempts" USING btree ("account_id","line_hash") WHERE line_hash is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "verifications_one_live" ON "live_verifications" USING btree ("tenant_id","livemode","phone",coalesce(requester, ''::bytea));--> statement-breakpoint
CREATE UNIQUE INDEX "verifications_call_to" ON "live_verifications" USING btree ("call_to_key") WHERE call_to_key is not null;--> statement-breakpoint
CREATE INDEX "live_verifications_next" ON "live_verifications" USING btree ("next_at") WHERE next_at is not null;--> statement-breakpoint
CREATE INDEX "live_verifications_expiry" ON "live_verifications" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "verifications_list" ON "verifications" USING btree ("tenant_id","livemode","id");--> statement-breakpoint
CREATE INDEX "verifications_phone" ON "verifications" USING btree ("tenant_id","livemode",right(phone, 4),"id","phone");--> statement-breakpoint
CREATE INDEX "verifications_reference" ON "verifications" USING btree ("tenant_id","livemode","reference","id") WHERE reference is not null;--> statement-breakpoint
CREATE INDEX "verifications_outcome" ON "verifications" USING btree ("tenant_id","livemode","outcome","id") WHERE outcome is not null;--> statement-breakpoint
-- Rows that are written once and never touched again.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: its rows are never changed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;--> statement-breakpoint
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE ON audit_checkpoints
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_no_truncate BEFORE TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_checkpoint_leaves_append_only BEFORE UPDATE OR DELETE ON audit_checkpoint_leaves
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_checkpoint_leaves_no_truncate BEFORE TRUNCATE ON audit_checkpoint_leaves
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
-- Leaves are written while they are hashed, before the checkpoint that they make up.
ALTER TABLE audit_checkpoint_leaves
  ALTER CONSTRAINT audit_checkpoint_leaves_checkpoint_id_audit_checkpoints_id_fk DEFERRABLE INITIALLY DEFERRED;--> statement-breakpoint
-- Hashes cannot be compressed.
ALTER TABLE audit_checkpoint_leaves ALTER COLUMN leaves SET STORAGE EXTERNAL;--> statement-breakpoint
-- An erasure that is completed has its certificate, and stays.
CREATE TRIGGER erasures_completed BEFORE UPDATE ON erasures
  FOR EACH ROW WHEN (OLD.completed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER erasures_no_delete BEFORE DELETE ON erasures
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER erasures_no_truncate BEFORE TRUNCATE ON erasures
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
-- A final status is final, whatever the code above believes.
CREATE TRIGGER verifications_final BEFORE UPDATE OF status ON verifications
  FOR EACH ROW
  WHEN (OLD.status IN ('approved', 'locked', 'failed', 'expired', 'cancelled', 'denied') AND NEW.status <> OLD.status)
  EXECUTE FUNCTION refuse_change();--> statement-breakpoint
-- Money that moved has moved: entries are corrected by further entries.
CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE ON ledger_transactions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER ledger_transactions_no_truncate BEFORE TRUNCATE ON ledger_transactions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
-- A difference is posted once. Such a row has no verification, hence NULLS NOT DISTINCT; the second column lets the index
-- stay unique on a table partitioned by it.
CREATE UNIQUE INDEX ledger_transactions_finding ON ledger_transactions (finding_id, verification_id)
  NULLS NOT DISTINCT WHERE finding_id IS NOT NULL;--> statement-breakpoint
-- A transaction as its two sides, for readers.
CREATE VIEW ledger_entries AS
  SELECT t.id AS transaction_id, e.position, e.account, t.owner_id, t.currency, e.amount_micros
  FROM ledger_transactions t CROSS JOIN LATERAL (
    VALUES (1::smallint, t.from_account, -t.amount_micros), (2::smallint, t.to_account, t.amount_micros)
  ) AS e (position, account, amount_micros);--> statement-breakpoint
-- The balances follow in the order of their key, the same for every writer.
CREATE FUNCTION post_transactions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_balances AS b (account, owner_id, currency, balance_micros)
    SELECT e.account, p.owner_id, p.currency, sum(e.amount_micros)
    FROM posted p CROSS JOIN LATERAL (
      VALUES (p.from_account, -p.amount_micros), (p.to_account, p.amount_micros)
    ) AS e (account, amount_micros)
    GROUP BY p.owner_id, e.account, p.currency ORDER BY p.owner_id, e.account, p.currency
    ON CONFLICT (owner_id, account, currency) DO UPDATE SET balance_micros = b.balance_micros + excluded.balance_micros;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER ledger_transactions_post AFTER INSERT ON ledger_transactions
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION post_transactions();--> statement-breakpoint
-- Rows that change a few times and then rest, or change for ever: leave them room in their page.
ALTER TABLE ledger_balances SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE daily_spend SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE phone_counters SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE due_attempts SET (fillfactor = 50);--> statement-breakpoint
-- Statistics count an hour once its verifications have ended. What changes 20 minutes after a start or later is news:
-- its hour is counted again. Starts and confirms pay nothing.
CREATE FUNCTION note_verification_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO statistics_news (tenant_id, livemode, hour)
  VALUES (NEW.tenant_id, NEW.livemode, date_trunc('hour', NEW.created_at, 'UTC'));
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION note_attempt_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO statistics_news (tenant_id, livemode, hour)
  SELECT tenant_id, livemode, date_trunc('hour', created_at, 'UTC') FROM verifications WHERE id = NEW.verification_id;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER verifications_news AFTER UPDATE ON verifications
  FOR EACH ROW
  WHEN (
    NEW.created_at < now() - interval '20 minutes' AND NEW.tallied IS NULL
    AND (OLD.status, OLD.channel, OLD.delivered_at, OLD.completed_at, OLD.feedback)
      IS DISTINCT FROM (NEW.status, NEW.channel, NEW.delivered_at, NEW.completed_at, NEW.feedback)
  )
  EXECUTE FUNCTION note_verification_news();--> statement-breakpoint
CREATE TRIGGER attempts_news AFTER UPDATE ON attempts
  FOR EACH ROW
  WHEN (
    NEW.created_at < now() - interval '4 minutes'
    AND ((OLD.provider, OLD.placing_at IS NULL, OLD.cost_micros, OLD.cost_currency, OLD.charge)
      IS DISTINCT FROM (NEW.provider, NEW.placing_at IS NULL, NEW.cost_micros, NEW.cost_currency, NEW.charge)
      OR NEW.carrier IS NOT NULL AND NEW.carrier IS DISTINCT FROM OLD.carrier)
  )
  EXECUTE FUNCTION note_attempt_news();--> statement-breakpoint
-- One row an event, for SQL of people: a row of audit_events holds all events of a transaction.
CREATE VIEW audit_log AS
  SELECT (left(e.id::text, 34) || lpad(to_hex(n - 1 + ('x' || right(e.id::text, 2))::bit(8)::int), 2, '0'))::uuid AS id,
    e.tenant_id, e.livemode, e.verification_id, (e.seq + n - 1)::int AS seq, e.at, t.type, e.actor, e.request_id, d.data
  FROM audit_events e
  CROSS JOIN LATERAL string_to_table(e.type, ' ') WITH ORDINALITY AS t (type, n)
  CROSS JOIN LATERAL (SELECT split_part(e.data, E'\n', t.n::int) AS data) AS d;--> statement-breakpoint
-- Tables that grow are partitioned by the month in which their verification began, read from its id (UUIDv7), in UTC.
-- Rows of no verification lie in a partition of their own.
CREATE TABLE audit_events_of_tenants PARTITION OF audit_events (CHECK (verification_id IS NULL)) DEFAULT;--> statement-breakpoint
CREATE TABLE ledger_transactions_of_no_call PARTITION OF ledger_transactions (CHECK (verification_id IS NULL)) DEFAULT;--> statement-breakpoint
CREATE UNIQUE INDEX audit_events_tenant_chain ON audit_events_of_tenants (tenant_id, seq);--> statement-breakpoint
CREATE TRIGGER audit_events_of_tenants_no_truncate BEFORE TRUNCATE ON audit_events_of_tenants
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER ledger_transactions_of_no_call_no_truncate BEFORE TRUNCATE ON ledger_transactions_of_no_call
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
