CREATE TABLE "account_costs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"prefix" text NOT NULL,
	"channel" text NOT NULL,
	"per" text NOT NULL,
	"amount_micros" bigint NOT NULL,
	"currency" text NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "account_costs_prefix_form" CHECK (prefix ~ '^\+[0-9]{0,15}$'),
	CONSTRAINT "account_costs_amount" CHECK (amount_micros >= 0),
	CONSTRAINT "account_costs_currency" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "account_costs_per_known" CHECK (per in ('attempt', 'delivered'))
);
--> statement-breakpoint
CREATE TABLE "daily_spend" (
	"tenant_id" uuid NOT NULL,
	"day" date NOT NULL,
	"spent_micros" bigint NOT NULL,
	CONSTRAINT "daily_spend_tenant_id_day_pk" PRIMARY KEY("tenant_id","day")
);
--> statement-breakpoint
CREATE TABLE "ledger_checks" (
	"day" date PRIMARY KEY NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"problems" bigint
);
--> statement-breakpoint
CREATE TABLE "prices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid,
	"prefix" text NOT NULL,
	"channel" text NOT NULL,
	"per" text NOT NULL,
	"amount_micros" bigint NOT NULL,
	"currency" text NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "prices_prefix_form" CHECK (prefix ~ '^\+[0-9]{0,15}$'),
	CONSTRAINT "prices_amount" CHECK (amount_micros >= 0),
	CONSTRAINT "prices_currency" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "prices_per_known" CHECK (per in ('attempt', 'delivered', 'approved'))
);
--> statement-breakpoint
CREATE TABLE "ledger_balances" (
	"account" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"currency" text NOT NULL,
	"balance_micros" bigint NOT NULL,
	CONSTRAINT "ledger_balances_owner_id_account_currency_pk" PRIMARY KEY("owner_id","account","currency")
);
--> statement-breakpoint
CREATE TABLE "ledger_entries" (
	"transaction_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"account" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"currency" text NOT NULL,
	"amount_micros" bigint NOT NULL,
	CONSTRAINT "ledger_entries_transaction_id_position_pk" PRIMARY KEY("transaction_id","position"),
	CONSTRAINT "ledger_entries_account_known" CHECK (account in ('funds', 'reserved', 'revenue', 'top_ups', 'adjustments', 'operator_cost', 'operator_payable')),
	CONSTRAINT "ledger_entries_amount" CHECK (amount_micros <> 0),
	CONSTRAINT "ledger_entries_currency" CHECK (currency ~ '^[A-Z]{3}$')
);
--> statement-breakpoint
CREATE TABLE "ledger_transactions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"attempt_id" uuid,
	"tenant_id" uuid,
	"finding_id" uuid,
	"reason" text,
	"reference" text,
	"actor" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "ledger_transactions_kind_known" CHECK (kind in ('reserve', 'capture', 'release', 'cost', 'topup', 'adjustment')),
	CONSTRAINT "ledger_transactions_attempt" CHECK ((attempt_id is not null) = (kind in ('reserve', 'capture', 'release', 'cost'))),
	CONSTRAINT "ledger_transactions_reason" CHECK (kind <> 'adjustment' or reason is not null)
);
--> statement-breakpoint
CREATE TABLE "reconciliation_findings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"fingerprint" text NOT NULL,
	"attempt_id" uuid,
	"operator_row" text,
	"phone" text,
	"at" timestamp (3) with time zone NOT NULL,
	"ours" jsonb NOT NULL,
	"theirs" jsonb NOT NULL,
	"difference_micros" bigint NOT NULL,
	"currency" text NOT NULL,
	"state" text NOT NULL,
	"note" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"resolved_by" text,
	CONSTRAINT "reconciliation_findings_kind_known" CHECK (kind in ('charged_unknown', 'not_charged', 'price_differs', 'status_differs', 'balance_differs')),
	CONSTRAINT "reconciliation_findings_state_known" CHECK (state in ('open', 'explained', 'written_off'))
);
--> statement-breakpoint
CREATE TABLE "reconciliation_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"slot" timestamp (3) with time zone,
	"from_at" timestamp (3) with time zone NOT NULL,
	"to_at" timestamp (3) with time zone NOT NULL,
	"status" text NOT NULL,
	"error" text,
	"records" integer DEFAULT 0 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"findings" integer DEFAULT 0 NOT NULL,
	"balance_micros" bigint,
	"balance_currency" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "reconciliation_runs_status_known" CHECK (status in ('running', 'done', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "price_micros" bigint;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "price_currency" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "price_per" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "charge" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "settled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "account_costs" ADD CONSTRAINT "account_costs_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prices" ADD CONSTRAINT "prices_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_transaction_id_ledger_transactions_id_fk" FOREIGN KEY ("transaction_id") REFERENCES "public"."ledger_transactions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_findings" ADD CONSTRAINT "reconciliation_findings_run_id_reconciliation_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."reconciliation_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_findings" ADD CONSTRAINT "reconciliation_findings_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_findings" ADD CONSTRAINT "reconciliation_findings_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_runs" ADD CONSTRAINT "reconciliation_runs_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "account_costs_once" ON "account_costs" USING btree ("account_id","channel","prefix","valid_from") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "ledger_checks_finished" ON "ledger_checks" USING btree ("finished_at");--> statement-breakpoint
CREATE UNIQUE INDEX "prices_once" ON "prices" USING btree (coalesce("tenant_id", '00000000-0000-0000-0000-000000000000'),"channel","prefix","currency","valid_from") WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_transactions_once" ON "ledger_transactions" USING btree ("attempt_id","kind") WHERE attempt_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_transactions_one_end" ON "ledger_transactions" USING btree ("attempt_id") WHERE attempt_id is not null and kind in ('capture', 'release');--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_transactions_finding" ON "ledger_transactions" USING btree ("finding_id") WHERE finding_id is not null;--> statement-breakpoint
CREATE INDEX "ledger_transactions_statement" ON "ledger_transactions" USING btree ("tenant_id","at","id") WHERE kind in ('capture', 'topup', 'adjustment');--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_findings_once" ON "reconciliation_findings" USING btree ("account_id","fingerprint");--> statement-breakpoint
CREATE INDEX "reconciliation_findings_run" ON "reconciliation_findings" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "reconciliation_findings_state" ON "reconciliation_findings" USING btree ("state","id");--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_runs_slot" ON "reconciliation_runs" USING btree ("account_id","slot") WHERE slot is not null;--> statement-breakpoint
CREATE INDEX "reconciliation_runs_account" ON "reconciliation_runs" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "attempts_unsettled" ON "attempts" USING btree ("ended_at") WHERE charge = 'reserved' and ended_at is not null;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_charge" CHECK ((charge is null) = (price_micros is null));