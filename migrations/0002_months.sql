-- The lowest id of a month.
CREATE OR REPLACE FUNCTION first_id_of(month date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (left(ms, 8) || '-' || right(ms, 4) || '-0000-0000-000000000000')::uuid
  FROM (SELECT lpad(to_hex((extract(epoch FROM month::timestamp) * 1000)::bigint), 12, '0') AS ms) AS m
$$;--> statement-breakpoint
-- What has no partition of the months from this one to `ahead` months on. After a longer pause also of the month before,
-- for ids of its last seconds; the months of the pause have no rows.
CREATE OR REPLACE FUNCTION missing_partitions(ahead int) RETURNS TABLE (parent text, month date)
  LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH parents (parent) AS (
    SELECT unnest(ARRAY['verifications', 'attempts', 'asked_providers', 'audit_events', 'ledger_transactions'])
  ), covered AS (
    SELECT p.parent, b[1]::uuid AS from_id, b[2]::uuid AS to_id
    FROM parents p JOIN pg_inherits i ON i.inhparent = p.parent::regclass JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL regexp_match(pg_get_expr(c.relpartbound, c.oid), $r$FROM \((?:MINVALUE|'(.*)')\) TO \('(.*)'\)$r$) AS b
    WHERE b IS NOT NULL
  ), this (month) AS (
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC')
  )
  SELECT p.parent, m.month::date
  FROM parents p CROSS JOIN this CROSS JOIN LATERAL generate_series(
    this.month - interval '1 month', this.month + make_interval(months => least(ahead, 24)), interval '1 month') AS m (month)
  WHERE NOT EXISTS (
      SELECT FROM covered c WHERE c.parent = p.parent
        AND (c.from_id IS NULL OR c.from_id <= first_id_of(m.month::date)) AND first_id_of(m.month::date) < c.to_id)
    AND (m.month >= this.month OR first_id_of(m.month::date) >= ALL (SELECT to_id FROM covered c WHERE c.parent = p.parent))
  ORDER BY m.month, p.parent
$$;--> statement-breakpoint
-- Makes one missing partition; false: it is not missing. With the rights of the owner, so that a role that may change no
-- table can have it made. It is built aside: attaching keeps nobody from reading and writing the table. Only a table with a
-- default partition needs that one for itself for a moment, whose constraint saves reading it. Call it in a transaction of
-- its own.
CREATE OR REPLACE FUNCTION make_partition(parent text, month date) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  part text := parent || to_char(month, '_YYYY_MM');
BEGIN
  PERFORM pg_advisory_xact_lock(7411023);
  PERFORM FROM missing_partitions(24) m WHERE m.parent = make_partition.parent AND m.month = make_partition.month;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
  PERFORM fit_partition(part, parent);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part,
    first_id_of(month), first_id_of((month + interval '1 month')::date));
  RETURN true;
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION fit_partition(part text, parent text) RETURNS void
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF parent IN ('verifications', 'attempts') THEN
    EXECUTE format('ALTER TABLE %I SET (fillfactor = 70)', part);
  ELSIF parent <> 'asked_providers' THEN
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
      part || '_no_truncate', part);
  END IF;
END $$;--> statement-breakpoint
-- For a month that is being written to files.
CREATE OR REPLACE FUNCTION refuse_while_archiving() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: its month is being archived', TG_OP, TG_TABLE_NAME USING ERRCODE = 'object_in_use';
END $$;--> statement-breakpoint
-- Replaced by make_partition, which locks one table at a time.
DROP FUNCTION IF EXISTS make_partitions(int);--> statement-breakpoint
-- Only in an empty database: no id is ever so old.
DO $$ DECLARE parent text; BEGIN
  FOR parent IN SELECT DISTINCT m.parent FROM missing_partitions(0) m
    WHERE NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = m.parent::regclass AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT')
  LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (MINVALUE) TO (%L)', parent || '_earlier', parent,
      first_id_of((date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month')::date));
    PERFORM fit_partition(parent || '_earlier', parent);
  END LOOP;
END $$;--> statement-breakpoint
SELECT make_partition(m.parent, m.month) FROM missing_partitions(3) m;
