ALTER TABLE "idempotency_keys" ADD COLUMN "result" "bytea";--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "run" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "idempotency_keys" DROP COLUMN "resource_id";