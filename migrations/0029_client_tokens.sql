ALTER TABLE "tenants" ADD COLUMN "allowed_origins" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE INDEX "tenants_origins" ON "tenants" USING gin ("allowed_origins");