-- wrk -s empty.lua URL: the cheapest thing that the server answers, GET /v2/health/live.
function done(summary, latency)
  io.write(string.format("RESULT %d %d %.0f %.0f %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
