-- The user that MySQL-Merge-CDC connects as. Run on each MySQL server, as an administrator:
--   mysql -h HOST -u root -p < user.sql
-- Edit: the password, and '%' to the hosts that SeaTunnel's workers connect from.

CREATE USER 'seamerge'@'%' IDENTIFIED BY 'change-this-password';

-- To read tables, and to see their definitions. Instead of all databases, those that are merged
-- will do: GRANT SELECT ON shop.* TO …
GRANT SELECT ON *.* TO 'seamerge'@'%';

-- To read the binlog, and to ask where it stands. These cannot be given by database.
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'seamerge'@'%';

-- Servers without GTIDs, with snapshot.without-gtid = shared_row_locks (not from 8.0.22 on):
-- GRANT LOCK TABLES ON *.* TO 'seamerge'@'%';

-- Servers without GTIDs, with snapshot.without-gtid = flush_tables_with_read_lock:
-- GRANT RELOAD ON *.* TO 'seamerge'@'%';
