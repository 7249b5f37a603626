CREATE TABLE "compat_notices" (
	"verification_id" uuid PRIMARY KEY NOT NULL,
	"sealed_url" "bytea" NOT NULL,
	"tries" smallint DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "compat_notices" ADD CONSTRAINT "compat_notices_verification_id_verifications_id_fk" FOREIGN KEY ("verification_id") REFERENCES "public"."verifications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "compat_notices_due" ON "compat_notices" USING btree ("due_at");