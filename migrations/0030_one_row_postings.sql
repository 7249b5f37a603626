ALTER TABLE "ledger_entries" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP TABLE "ledger_entries" CASCADE;--> statement-breakpoint
ALTER TABLE "ledger_transactions" DROP CONSTRAINT "ledger_transactions_kind_known";--> statement-breakpoint
ALTER TABLE "ledger_transactions" DROP CONSTRAINT "ledger_transactions_attempt";--> statement-breakpoint
ALTER TABLE "ledger_transactions" DROP CONSTRAINT "ledger_transactions_attempt_id_attempts_id_fk";
--> statement-breakpoint
ALTER TABLE "reconciliation_findings" DROP CONSTRAINT "reconciliation_findings_attempt_id_attempts_id_fk";
--> statement-breakpoint
DROP INDEX "ledger_transactions_one_end";--> statement-breakpoint
DROP INDEX "ledger_transactions_finding";--> statement-breakpoint
DROP INDEX "ledger_transactions_once";--> statement-breakpoint
ALTER TABLE "ledger_transactions" DROP CONSTRAINT "ledger_transactions_pkey";--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD COLUMN "owner_id" uuid NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD COLUMN "from_account" text NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD COLUMN "to_account" text NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD COLUMN "currency" text NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD COLUMN "amount_micros" bigint NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD COLUMN "verification_id" uuid;--> statement-breakpoint
CREATE INDEX "ledger_transactions_at" ON "ledger_transactions" USING brin ("at") WITH (autosummarize=true);--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_transactions_once" ON "ledger_transactions" USING btree ("verification_id","attempt_id",(case when kind in ('capture', 'release') then 'end' else kind end)) WHERE verification_id is not null;--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_amount" CHECK (amount_micros > 0);--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_currency" CHECK (currency ~ '^[A-Z]{3}$');--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_accounts" CHECK ((kind, from_account, to_account) in (('reserve', 'funds', 'reserved'), ('capture', 'reserved', 'revenue'), ('release', 'reserved', 'funds'), ('cost', 'operator_cost', 'operator_payable'), ('topup', 'top_ups', 'funds'), ('adjustment', 'adjustments', 'funds'), ('adjustment', 'funds', 'adjustments'), ('adjustment', 'operator_cost', 'operator_payable'), ('adjustment', 'operator_payable', 'operator_cost')));--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_tenant" CHECK (tenant_id is not distinct from case when from_account like 'operator%' then null else owner_id end);--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_finding_kind" CHECK (finding_id is null or kind = 'adjustment');--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_attempt" CHECK ((attempt_id is not null) = (kind in ('reserve', 'capture', 'release', 'cost'))
        and (attempt_id is null) = (verification_id is null));--> statement-breakpoint
-- A difference is posted once. Such a row has no verification, hence NULLS NOT DISTINCT; the second column lets the index
-- stay unique on a table partitioned by it.
CREATE UNIQUE INDEX ledger_transactions_finding ON ledger_transactions (finding_id, verification_id)
  NULLS NOT DISTINCT WHERE finding_id IS NOT NULL;--> statement-breakpoint
-- A transaction as its two sides, for readers.
CREATE VIEW ledger_entries AS
  SELECT t.id AS transaction_id, e.position, e.account, t.owner_id, t.currency, e.amount_micros
  FROM ledger_transactions t CROSS JOIN LATERAL (
    VALUES (1::smallint, t.from_account, -t.amount_micros), (2::smallint, t.to_account, t.amount_micros)
  ) AS e (position, account, amount_micros);--> statement-breakpoint
DROP FUNCTION post_entries();--> statement-breakpoint
-- The balances follow in the order of their key, the same for every writer.
CREATE FUNCTION post_transactions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_balances AS b (account, owner_id, currency, balance_micros)
    SELECT e.account, p.owner_id, p.currency, sum(e.amount_micros)
    FROM posted p CROSS JOIN LATERAL (
      VALUES (p.from_account, -p.amount_micros), (p.to_account, p.amount_micros)
    ) AS e (account, amount_micros)
    GROUP BY p.owner_id, e.account, p.currency ORDER BY p.owner_id, e.account, p.currency
    ON CONFLICT (owner_id, account, currency) DO UPDATE SET balance_micros = b.balance_micros + excluded.balance_micros;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER ledger_transactions_post AFTER INSERT ON ledger_transactions
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION post_transactions();
