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
ALTER TABLE "tenants" ADD COLUMN "retention_days" integer DEFAULT 365 NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_checkpoint_leaves" ADD CONSTRAINT "audit_checkpoint_leaves_checkpoint_id_audit_checkpoints_id_fk" FOREIGN KEY ("checkpoint_id") REFERENCES "public"."audit_checkpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retention_marks" ADD CONSTRAINT "retention_marks_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "audit_checkpoints_number" ON "audit_checkpoints" USING btree ("number");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_checkpoints_hour" ON "audit_checkpoints" USING btree ("hour");--> statement-breakpoint
CREATE INDEX "erasures_list" ON "erasures" USING btree ("tenant_id","livemode","id");--> statement-breakpoint
CREATE INDEX "erasures_pending" ON "erasures" USING btree ("id") WHERE completed_at is null;--> statement-breakpoint
CREATE INDEX "audit_events_at" ON "audit_events" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "attempts_provider" ON "attempts" USING btree ("provider","verification_id") WHERE provider is not null;--> statement-breakpoint
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_retention" CHECK (retention_days between 7 and 3650);