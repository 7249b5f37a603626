ALTER TABLE "daily_spend" ADD COLUMN "captured_micros" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "daily_spend" ADD COLUMN "captured_calls" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "ledger_transactions_by_hand" ON "ledger_transactions" USING btree ("tenant_id","at") WHERE kind in ('topup', 'adjustment');