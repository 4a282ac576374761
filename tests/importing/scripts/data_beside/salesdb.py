"""Query the sales database."""
import sqlite3, sys, csv

DB = "sales.db"

def query(sql):
    con = sqlite3.connect(DB)
    cur = con.execute(sql)
    w = csv.writer(sys.stdout)
    w.writerow([d[0] for d in cur.description])
    w.writerows(cur.fetchall())

if __name__ == "__main__":
    query(sys.argv[1] if len(sys.argv) > 1 else "select count(*) as n from sales")
