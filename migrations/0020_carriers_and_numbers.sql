CREATE TABLE "account_number_days" (
	"account_id" uuid NOT NULL,
	"day" date NOT NULL,
	"told" integer NOT NULL,
	"replaced" integer NOT NULL,
	CONSTRAINT "account_number_days_account_id_day_pk" PRIMARY KEY("account_id","day"),
	CONSTRAINT "account_number_days_counts" CHECK (replaced between 0 and told)
);
--> statement-breakpoint
ALTER TABLE "account_states" ADD COLUMN "numbers_check" text;--> statement-breakpoint
ALTER TABLE "account_states" ADD COLUMN "numbers_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "account_states" ADD COLUMN "numbers_foreign" text[];--> statement-breakpoint
ALTER TABLE "account_stops" ADD COLUMN "said" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "carrier" jsonb;--> statement-breakpoint
ALTER TABLE "account_number_days" ADD CONSTRAINT "account_number_days_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_states" ADD CONSTRAINT "account_states_numbers" CHECK (numbers_check in ('owned', 'unconfirmed', 'foreign'));