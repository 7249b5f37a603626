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
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_list" ON "webhook_deliveries" USING btree ("endpoint_id","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("endpoint_id","due_at","id") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_verification" ON "webhook_deliveries" USING btree ("verification_id","endpoint_id","sequence") WHERE verification_id is not null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_finding" ON "webhook_deliveries" USING btree ((body #>> '{data,finding,phone}')) WHERE type = 'finding.created';--> statement-breakpoint
CREATE INDEX "webhook_endpoints_list" ON "webhook_endpoints" USING btree ("tenant_id","livemode","id");--> statement-breakpoint
CREATE INDEX "webhook_endpoints_enabled" ON "webhook_endpoints" USING btree ("id") WHERE enabled and deleted_at is null;--> statement-breakpoint
CREATE INDEX "webhook_endpoints_deleted" ON "webhook_endpoints" USING btree ("deleted_at") WHERE deleted_at is not null;