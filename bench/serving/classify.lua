-- wrk -s classify.lua URL -- TEXTS.tsv BATCH: posts texts of a file, in their order, in batches.
local requests, at = {}, 0

local function escape(text)
  return text:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end)
end

function init(args)
  local batch, texts, first = tonumber(args[2] or "1"), {}, true
  for line in io.lines(args[1]) do
    if not first then table.insert(texts, '"' .. escape((line:gsub("\t.*", ""))) .. '"') end
    first = false
  end
  for k = 1, #texts - batch + 1, batch do
    local body = '{"texts":[' .. table.concat(texts, ",", k, k + batch - 1) .. "]}"
    table.insert(requests, wrk.format("POST", "/v1/classify", { ["Content-Type"] = "application/json" }, body))
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  io.write(string.format("RESULT %d %d %.0f %.0f %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
