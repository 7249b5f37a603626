-- Audit events are written once and never touched again.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: its rows are never changed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;--> statement-breakpoint
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
-- A final status is final, whatever the code above believes.
CREATE TRIGGER verifications_final BEFORE UPDATE OF status ON verifications
  FOR EACH ROW
  WHEN (OLD.status IN ('approved', 'locked', 'failed', 'expired', 'cancelled', 'denied') AND NEW.status <> OLD.status)
  EXECUTE FUNCTION refuse_change();--> statement-breakpoint
-- Rows that change a few times in their first minutes and then rest: leave them room in their page.
ALTER TABLE verifications SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE attempts SET (fillfactor = 60);--> statement-breakpoint
ALTER TABLE phone_counters SET (fillfactor = 70);
