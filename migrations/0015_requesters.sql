CREATE TABLE "known_requesters" (
	"tenant_id" uuid NOT NULL,
	"livemode" boolean NOT NULL,
	"phone_key" "bytea" NOT NULL,
	"requester" "bytea" NOT NULL,
	"approved_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "known_requesters_tenant_id_livemode_phone_key_requester_pk" PRIMARY KEY("tenant_id","livemode","phone_key","requester")
);
--> statement-breakpoint
DROP INDEX "verifications_one_live";--> statement-breakpoint
ALTER TABLE "phone_counters" ADD COLUMN "named_starts" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "phone_counters" ADD COLUMN "named_guesses" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "prefix_conversions" ADD COLUMN "probes" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "requester" "bytea";--> statement-breakpoint
CREATE INDEX "known_requesters_age" ON "known_requesters" USING btree ("approved_at");--> statement-breakpoint
CREATE UNIQUE INDEX "verifications_one_live" ON "verifications" USING btree ("tenant_id","livemode","phone",coalesce(requester, ''::bytea)) WHERE completed_at is null;