#include "bench/harness/earlier.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/error.h"

namespace fno::bench {
namespace {

using Json = nlohmann::ordered_json;

Result row_of(const Json& line) {
  Result r{.name = line.at("name"),
           .work = {.bytes_read = line.at("bytes"), .flop = line.at("flop")},
           .peak_bytes = line.at("peak_bytes")};
  for (const double ms : line.at("samples_ms")) r.seconds.push_back(1e-3 * ms);
  for (const double ms : line.at("samples_cpu_ms")) r.cpu_seconds.push_back(1e-3 * ms);
  if (line.contains("float64_error")) r.float64_error = line.at("float64_error");
  require<ErrorKind::data>(!r.seconds.empty() && !r.cpu_seconds.empty(), r.name, " has no samples");
  return r;
}

}  // namespace

Report earlier(const std::vector<std::string>& paths) {
  Report all;
  for (const std::string& path : paths) {
    std::ifstream in(path);
    require<ErrorKind::data>(static_cast<bool>(in), "--from: cannot read ", path);
    try {
      const Json root = Json::parse(in);
      const std::string program = root.at("program");
      all.program += (all.program.empty() ? "" : ", ") + program;
      if (all.run.empty())
        for (const auto& [key, value] : root.at("run").items()) all.run.emplace_back(key, value);
      all.copy_samples.push_back(root.at("copy_gb_per_s"));
      all.product_samples.push_back(root.at("product_gflop_per_s"));
      for (const Json& line : root.at("cases")) all.results.push_back(row_of(line));
    } catch (const Json::exception&) {
      fail(ErrorKind::data, "--from: ", path, " is not what --json of a benchmark program writes");
    }
  }
  return all;
}

}  // namespace fno::bench
