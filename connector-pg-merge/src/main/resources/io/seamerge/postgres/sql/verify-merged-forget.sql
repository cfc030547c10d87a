DELETE FROM ${suspect} WHERE "~operation" IN ('M', 'N')
