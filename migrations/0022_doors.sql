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
ALTER TABLE "verifications" ADD COLUMN "compat_credential_id" uuid;--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "sealed_code" "bytea";--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "code_known_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "compat_counters" ADD CONSTRAINT "compat_counters_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compat_credentials" ADD CONSTRAINT "compat_credentials_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compat_calls" ADD CONSTRAINT "compat_calls_verification_id_verifications_id_fk" FOREIGN KEY ("verification_id") REFERENCES "public"."verifications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compat_calls" ADD CONSTRAINT "compat_calls_credential_id_compat_credentials_id_fk" FOREIGN KEY ("credential_id") REFERENCES "public"."compat_credentials"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compat_notices" ADD CONSTRAINT "compat_notices_verification_id_verifications_id_fk" FOREIGN KEY ("verification_id") REFERENCES "public"."verifications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "compat_credentials_hash" ON "compat_credentials" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "compat_credentials_tenant" ON "compat_credentials" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "compat_calls_verification" ON "compat_calls" USING btree ("verification_id");--> statement-breakpoint
CREATE INDEX "compat_calls_time" ON "compat_calls" USING btree ("tenant_id","livemode","created_at","number");--> statement-breakpoint
CREATE INDEX "compat_notices_due" ON "compat_notices" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "compat_signatures_time" ON "compat_signatures" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_compat_credential_id_compat_credentials_id_fk" FOREIGN KEY ("compat_credential_id") REFERENCES "public"."compat_credentials"("id") ON DELETE no action ON UPDATE no action NOT VALID;--> statement-breakpoint
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_sealed_code" CHECK (sealed_code is null or (compat_credential_id is not null and completed_at is null)) NOT VALID;