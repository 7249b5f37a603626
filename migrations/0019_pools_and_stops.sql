CREATE TABLE "account_stops" (
	"key" text PRIMARY KEY NOT NULL,
	"account_id" uuid,
	"reason" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_stops_reason" CHECK (reason in ('unauthorized'))
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "code_chance" integer;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "line_hash" "bytea";--> statement-breakpoint
ALTER TABLE "account_stops" ADD CONSTRAINT "account_stops_account_id_provider_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."provider_accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_stops_account" ON "account_stops" USING btree ("account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_line" ON "attempts" USING btree ("account_id","line_hash") WHERE line_hash is not null;