-- Money that moved has moved: entries are corrected by further entries.
CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE ON ledger_transactions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER ledger_transactions_no_truncate BEFORE TRUNCATE ON ledger_transactions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
-- All entries of a transaction come in one statement, so that one look at what a statement brought shows whether they balance.
-- The balances follow in the order of their key, the same for every writer.
CREATE FUNCTION post_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  unbalanced uuid;
BEGIN
  SELECT transaction_id INTO unbalanced FROM posted
    GROUP BY transaction_id, currency HAVING sum(amount_micros) <> 0 LIMIT 1;
  IF unbalanced IS NOT NULL THEN
    RAISE EXCEPTION 'the entries of transaction % do not sum to zero', unbalanced USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO ledger_balances AS b (account, owner_id, currency, balance_micros)
    SELECT account, owner_id, currency, sum(amount_micros) FROM posted
    GROUP BY owner_id, account, currency ORDER BY owner_id, account, currency
    ON CONFLICT (owner_id, account, currency) DO UPDATE SET balance_micros = b.balance_micros + excluded.balance_micros;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER ledger_entries_post AFTER INSERT ON ledger_entries
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION post_entries();--> statement-breakpoint
ALTER TABLE ledger_balances SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE daily_spend SET (fillfactor = 50);
