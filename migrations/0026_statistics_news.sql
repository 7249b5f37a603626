-- Statistics count an hour once its verifications have ended. What changes 20 minutes after a start or later is news:
-- its hour is counted again. Starts and confirms pay nothing.
CREATE FUNCTION note_verification_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO statistics_news (tenant_id, livemode, hour)
  VALUES (NEW.tenant_id, NEW.livemode, date_trunc('hour', NEW.created_at, 'UTC'));
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION note_attempt_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO statistics_news (tenant_id, livemode, hour)
  SELECT tenant_id, livemode, date_trunc('hour', created_at, 'UTC') FROM verifications WHERE id = NEW.verification_id;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER verifications_news AFTER UPDATE ON verifications
  FOR EACH ROW
  WHEN (
    NEW.created_at < now() - interval '20 minutes' AND NEW.tallied IS NULL
    AND (OLD.status, OLD.channel, OLD.delivered_at, OLD.completed_at, OLD.feedback)
      IS DISTINCT FROM (NEW.status, NEW.channel, NEW.delivered_at, NEW.completed_at, NEW.feedback)
  )
  EXECUTE FUNCTION note_verification_news();--> statement-breakpoint
CREATE TRIGGER attempts_news AFTER UPDATE ON attempts
  FOR EACH ROW
  WHEN (
    NEW.created_at < now() - interval '4 minutes'
    AND ((OLD.provider, OLD.placing_at IS NULL, OLD.cost_micros, OLD.cost_currency, OLD.charge)
      IS DISTINCT FROM (NEW.provider, NEW.placing_at IS NULL, NEW.cost_micros, NEW.cost_currency, NEW.charge)
      OR NEW.carrier IS NOT NULL AND NEW.carrier IS DISTINCT FROM OLD.carrier)
  )
  EXECUTE FUNCTION note_attempt_news();
