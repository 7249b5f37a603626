DROP INDEX "verifications_one_live";--> statement-breakpoint
CREATE UNIQUE INDEX "verifications_one_live" ON "verifications" USING btree ("tenant_id","livemode","phone") WHERE completed_at is null;