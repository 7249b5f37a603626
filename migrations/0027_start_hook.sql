ALTER TABLE "policies" ADD COLUMN "hook_secret" "bytea";--> statement-breakpoint
ALTER TABLE "policies" ADD COLUMN "hook_former_secret" "bytea";--> statement-breakpoint
ALTER TABLE "policies" ADD COLUMN "hook_former_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "policies" ADD CONSTRAINT "policies_hook_secret" CHECK ((coalesce(fields -> 'start_hook', 'null') = 'null') = (hook_secret is null));--> statement-breakpoint
ALTER TABLE "policies" ADD CONSTRAINT "policies_hook_former" CHECK ((hook_former_secret is null) = (hook_former_until is null) and (hook_secret is not null or hook_former_secret is null));