UPDATE ${suspect} SET "~turn" = false, "~repaired" = true WHERE "~turn"
