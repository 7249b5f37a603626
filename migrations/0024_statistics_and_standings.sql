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
ALTER TABLE "verifications" ADD COLUMN "country" text;--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "feedback" text[];--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "tallied" boolean;--> statement-breakpoint
ALTER TABLE "phone_standings" ADD CONSTRAINT "phone_standings_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statistics" ADD CONSTRAINT "statistics_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statistics_marks" ADD CONSTRAINT "statistics_marks_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statistics_news" ADD CONSTRAINT "statistics_news_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "phone_standings_phone" ON "phone_standings" USING btree ("tenant_id","phone_key");--> statement-breakpoint
CREATE INDEX "phone_standings_list" ON "phone_standings" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX "phone_standings_standing" ON "phone_standings" USING btree ("tenant_id","standing","id");--> statement-breakpoint
CREATE INDEX "phone_standings_end" ON "phone_standings" USING btree ("until") WHERE until is not null;--> statement-breakpoint
CREATE INDEX "statistics_news_owner" ON "statistics_news" USING btree ("tenant_id","livemode");