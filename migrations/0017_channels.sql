ALTER TABLE "attempts" DROP CONSTRAINT "attempts_status_known";--> statement-breakpoint
-- Every row met the narrower list, so nothing is left to validate: a scan would hold up every call.
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_status_known" CHECK (status in ('queued', 'placing', 'placed', 'answered', 'busy', 'no_answer', 'delivered', 'unreachable', 'no_such_number', 'rejected', 'failed', 'unknown', 'released')) NOT VALID;--> statement-breakpoint
ALTER TABLE "account_ratios" ADD COLUMN "channel" text DEFAULT 'flash_call' NOT NULL;--> statement-breakpoint
ALTER TABLE "account_ratios" DROP CONSTRAINT "account_ratios_account_id_prefix_pk";--> statement-breakpoint
ALTER TABLE "account_ratios" ADD CONSTRAINT "account_ratios_account_id_channel_prefix_pk" PRIMARY KEY("account_id","channel","prefix");--> statement-breakpoint
ALTER TABLE "verifications" ADD COLUMN "code_lengths" smallint[];--> statement-breakpoint
UPDATE "provider_accounts" SET "settings" = "settings" - 'sms_fallback' WHERE "settings" ? 'sms_fallback';
