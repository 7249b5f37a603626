CREATE TABLE "account_ratios" (
	"account_id" uuid NOT NULL,
	"prefix" text NOT NULL,
	"delivered" real DEFAULT 1 NOT NULL,
	"delivered_calls" bigint DEFAULT 0 NOT NULL,
	"approved" real DEFAULT 1 NOT NULL,
	"approved_calls" bigint DEFAULT 0 NOT NULL,
	"demoted_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_ratios_account_id_prefix_pk" PRIMARY KEY("account_id","prefix")
);
--> statement-breakpoint
CREATE TABLE "account_states" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"breaker" text DEFAULT 'closed' NOT NULL,
	"consecutive_faults" integer DEFAULT 0 NOT NULL,
	"fault_ratio" real DEFAULT 0 NOT NULL,
	"calls" bigint DEFAULT 0 NOT NULL,
	"openings" integer DEFAULT 0 NOT NULL,
	"open_until" timestamp (3) with time zone,
	"probing_until" timestamp (3) with time zone,
	"second_at" timestamp (3) with time zone,
	"second_count" integer DEFAULT 0 NOT NULL,
	"balance_micros" bigint,
	"balance_limit_micros" bigint,
	"call_price_micros" bigint,
	"balance_currency" text,
	"balance_at" timestamp (3) with time zone,
	"balance_error" text,
	CONSTRAINT "account_states_breaker" CHECK (breaker in ('closed', 'open', 'half_open'))
);
--> statement-breakpoint
ALTER TABLE "account_ratios" ADD CONSTRAINT "account_ratios_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_states" ADD CONSTRAINT "account_states_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;