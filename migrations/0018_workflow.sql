ALTER TABLE "attempts" ADD COLUMN "step" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "workflow" jsonb;--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "step" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "next_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "verifications_next" ON "verifications" USING btree ("next_at") WHERE next_at is not null;--> statement-breakpoint
-- No row has a next_at yet, so nothing is left to validate.
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_next_active" CHECK (next_at is null or completed_at is null) NOT VALID;