"""Publishing: numbered requests, pipelined, sent again until they are answered."""
