/** Cases made at random are the same in every run. `SEED=7 RUNS=10000 npm test` tries others, and more of them. */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.SEED ?? 1), numRuns: Number(process.env.RUNS ?? 100) });
