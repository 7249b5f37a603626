-- Checkpoints are written once and never touched again.
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE ON audit_checkpoints
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_no_truncate BEFORE TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_checkpoint_leaves_append_only BEFORE UPDATE OR DELETE ON audit_checkpoint_leaves
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER audit_checkpoint_leaves_no_truncate BEFORE TRUNCATE ON audit_checkpoint_leaves
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
-- Leaves are written while they are hashed, before the checkpoint that they make up.
ALTER TABLE audit_checkpoint_leaves
  ALTER CONSTRAINT audit_checkpoint_leaves_checkpoint_id_audit_checkpoints_id_fk DEFERRABLE INITIALLY DEFERRED;--> statement-breakpoint
-- Hashes cannot be compressed.
ALTER TABLE audit_checkpoint_leaves ALTER COLUMN leaves SET STORAGE EXTERNAL;--> statement-breakpoint
-- An erasure that is completed has its certificate, and stays.
CREATE TRIGGER erasures_completed BEFORE UPDATE ON erasures
  FOR EACH ROW WHEN (OLD.completed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER erasures_no_delete BEFORE DELETE ON erasures
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER erasures_no_truncate BEFORE TRUNCATE ON erasures
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
