SELECT EXISTS (SELECT FROM seamerge.source WHERE pipeline = :pipeline AND instance = :instance)
