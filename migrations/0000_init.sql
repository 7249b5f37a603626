CREATE TABLE "audit_events" (
	"id" uuid PRIMARY KEY NOT NULL,
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
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"answer" "bytea",
	"running_until" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_tenant_id_livemode_key_pk" PRIMARY KEY("tenant_id","livemode","key")
);
--> statement-breakpoint
CREATE TABLE "phone_counters" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"phone_key" "bytea" NOT NULL,
	"wrong_guesses" timestamp (3) with time zone[] DEFAULT '{}' NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "phone_counters_tenant_id_livemode_phone_key_pk" PRIMARY KEY("tenant_id","livemode","phone_key")
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
	"audit_seq" bigint DEFAULT 0 NOT NULL,
	"audit_head" "bytea",
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "tenants_currency" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "tenants_credit_limit" CHECK (credit_limit_micros >= 0)
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"verification_id" uuid NOT NULL,
	"ordinal" smallint NOT NULL,
	"round" smallint NOT NULL,
	"channel" text NOT NULL,
	"account_id" uuid,
	"provider" text,
	"status" text NOT NULL,
	"status_detail" text,
	"assumed" boolean NOT NULL,
	"code_hash" "bytea",
	"code_length" smallint,
	"caller_hint" jsonb,
	"operator_call_id" text,
	"operator_row" text,
	"cost_micros" bigint,
	"cost_currency" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"placing_at" timestamp (3) with time zone,
	"unclear_at" timestamp (3) with time zone,
	"placed_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"deadline_at" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone,
	"looks" integer NOT NULL,
	CONSTRAINT "attempts_status_known" CHECK (status in ('queued', 'placing', 'placed', 'answered', 'busy', 'no_answer', 'unreachable', 'no_such_number', 'rejected', 'failed', 'unknown', 'released')),
	CONSTRAINT "attempts_due_while_open" CHECK ((due_at is not null) = (status in ('queued', 'placing', 'placed'))),
	CONSTRAINT "attempts_ended" CHECK ((ended_at is null) = (status in ('queued', 'placing', 'placed')))
);
--> statement-breakpoint
CREATE TABLE "verifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"phone" text NOT NULL,
	"channel" text NOT NULL,
	"status" text NOT NULL,
	"checks_left" smallint NOT NULL,
	"max_checks" smallint NOT NULL,
	"retries" smallint NOT NULL,
	"attempts" smallint NOT NULL,
	"code_length" smallint,
	"caller_hint" jsonb,
	"reference" text,
	"client_ip" text,
	"metadata" jsonb,
	"failure_code" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"delivered_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	"audit_seq" integer NOT NULL,
	"audit_head" "bytea" NOT NULL,
	CONSTRAINT "verifications_status_known" CHECK (status in ('pending', 'calling', 'delivered', 'approved', 'locked', 'failed', 'expired', 'cancelled', 'denied')),
	CONSTRAINT "verifications_checks" CHECK (checks_left between 0 and max_checks and max_checks between 1 and 10),
	CONSTRAINT "verifications_completed" CHECK ((completed_at is null) = (status in ('pending', 'calling', 'delivered'))),
	CONSTRAINT "verifications_locked" CHECK (status <> 'locked' or checks_left = 0)
);
--> statement-breakpoint
ALTER TABLE "provider_accounts" ADD CONSTRAINT "provider_accounts_sandbox_tenant_id_tenants_id_fk" FOREIGN KEY ("sandbox_tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_accounts" ADD CONSTRAINT "route_accounts_route_id_routes_id_fk" FOREIGN KEY ("route_id") REFERENCES "public"."routes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_accounts" ADD CONSTRAINT "route_accounts_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_verification_id_verifications_id_fk" FOREIGN KEY ("verification_id") REFERENCES "public"."verifications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "audit_events_chain" ON "audit_events" USING btree ("verification_id","seq") WHERE verification_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "audit_events_tenant_chain" ON "audit_events" USING btree ("tenant_id","seq") WHERE verification_id is null;--> statement-breakpoint
CREATE INDEX "audit_events_list" ON "audit_events" USING btree ("tenant_id","livemode","id");--> statement-breakpoint
CREATE INDEX "audit_events_type" ON "audit_events" USING btree ("tenant_id","livemode","type","id");--> statement-breakpoint
CREATE INDEX "idempotency_keys_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "phone_counters_age" ON "phone_counters" USING btree ("updated_at");--> statement-breakpoint
CREATE UNIQUE INDEX "provider_accounts_name" ON "provider_accounts" USING btree ("name") WHERE deleted_at is null and sandbox_tenant_id is null;--> statement-breakpoint
CREATE UNIQUE INDEX "provider_accounts_sandbox" ON "provider_accounts" USING btree ("sandbox_tenant_id","provider") WHERE sandbox_tenant_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "route_accounts_once" ON "route_accounts" USING btree ("route_id","account_id");--> statement-breakpoint
CREATE INDEX "route_accounts_account" ON "route_accounts" USING btree ("account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "routes_prefix" ON "routes" USING btree ("channel","prefix");--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_hash" ON "api_keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "api_keys_tenant" ON "api_keys" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "tenants_first" ON "tenants" USING btree ("is_first") WHERE is_first;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_ordinal" ON "attempts" USING btree ("verification_id","ordinal");--> statement-breakpoint
CREATE INDEX "attempts_due" ON "attempts" USING btree ("due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "attempts_account_open" ON "attempts" USING btree ("account_id") WHERE status in ('placing', 'placed');--> statement-breakpoint
CREATE INDEX "attempts_operator_call" ON "attempts" USING btree ("account_id","operator_call_id") WHERE operator_call_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_operator_row" ON "attempts" USING btree ("account_id","operator_row") WHERE operator_row is not null;--> statement-breakpoint
CREATE INDEX "verifications_list" ON "verifications" USING btree ("tenant_id","livemode","id");--> statement-breakpoint
CREATE INDEX "verifications_phone" ON "verifications" USING btree ("tenant_id","livemode","phone","id");--> statement-breakpoint
CREATE INDEX "verifications_reference" ON "verifications" USING btree ("tenant_id","livemode","reference","id") WHERE reference is not null;--> statement-breakpoint
CREATE INDEX "verifications_status" ON "verifications" USING btree ("tenant_id","livemode","status","id");--> statement-breakpoint
CREATE UNIQUE INDEX "verifications_one_live" ON "verifications" USING btree ("tenant_id","livemode","phone") WHERE status in ('pending', 'calling', 'delivered');--> statement-breakpoint
CREATE INDEX "verifications_expiry" ON "verifications" USING btree ("expires_at") WHERE status in ('pending', 'calling', 'delivered');