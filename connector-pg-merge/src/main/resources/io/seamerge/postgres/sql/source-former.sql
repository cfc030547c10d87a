SELECT EXISTS (SELECT FROM seamerge.source WHERE target = ANY (:targets::text[]) AND pipeline <> :pipeline)
