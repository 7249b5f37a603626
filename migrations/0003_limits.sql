CREATE TABLE "policies" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"fields" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "prefix_conversions" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"prefix" text NOT NULL,
	"minutes" jsonb NOT NULL,
	"denied_until" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "prefix_conversions_tenant_id_livemode_prefix_pk" PRIMARY KEY("tenant_id","livemode","prefix")
);
--> statement-breakpoint
CREATE TABLE "start_counters" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"key" text NOT NULL,
	"minutes" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "start_counters_tenant_id_livemode_key_pk" PRIMARY KEY("tenant_id","livemode","key")
);
--> statement-breakpoint
ALTER TABLE "phone_counters" ADD COLUMN "starts" timestamp (3) with time zone[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "policies" ADD CONSTRAINT "policies_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "prefix_conversions_age" ON "prefix_conversions" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "prefix_conversions_denied" ON "prefix_conversions" USING btree ("tenant_id","denied_until") WHERE denied_until is not null;--> statement-breakpoint
CREATE INDEX "start_counters_age" ON "start_counters" USING btree ("updated_at");