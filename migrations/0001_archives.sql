CREATE TABLE "archives" (
	"month" date PRIMARY KEY NOT NULL,
	"manifest" text NOT NULL,
	"signature" text NOT NULL,
	"kid" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TRIGGER archives_append_only BEFORE UPDATE ON archives
  FOR EACH ROW
  WHEN ((OLD.month, OLD.manifest, OLD.created_at) IS DISTINCT FROM (NEW.month, NEW.manifest, NEW.created_at))
  EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER archives_no_delete BEFORE DELETE ON archives
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER archives_no_truncate BEFORE TRUNCATE ON archives
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
