ALTER TABLE "attempts" DROP CONSTRAINT "attempts_status_known";--> statement-breakpoint
-- Every row met the narrower list, so nothing is left to validate: a scan would hold up every call.
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_status_known" CHECK (status in ('queued', 'placing', 'placed', 'answered', 'busy', 'no_answer', 'delivered', 'called', 'unreachable', 'no_such_number', 'not_called', 'rejected', 'failed', 'unknown', 'released')) NOT VALID;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "noticed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "other_caller" "bytea";--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "call_to" jsonb;--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "call_to_key" "bytea";--> statement-breakpoint
CREATE UNIQUE INDEX "verifications_call_to" ON "verifications" USING btree ("call_to_key") WHERE call_to_key is not null and completed_at is null;