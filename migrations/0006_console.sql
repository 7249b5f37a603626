CREATE TABLE "spent_tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "verification_hours" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"starts" integer NOT NULL,
	"delivered" integer NOT NULL,
	"approved" integer NOT NULL,
	"denied" integer NOT NULL,
	CONSTRAINT "verification_hours_tenant_id_livemode_hour_pk" PRIMARY KEY("tenant_id","livemode","hour")
);
--> statement-breakpoint
ALTER TABLE "verification_hours" ADD CONSTRAINT "verification_hours_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "spent_tokens_age" ON "spent_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "verifications_phone_end" ON "verifications" USING btree ("tenant_id","livemode",right(phone, 4),"id");