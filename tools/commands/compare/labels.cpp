#include "tools/commands/compare/labels.h"

#include <algorithm>
#include <filesystem>

#include "framework/error.h"
#include "tools/report/text.h"

namespace fno::compare {
namespace {

namespace fs = std::filesystem;

// The parts of a path from the root on, "." and ".." and a trailing slash resolved.
std::vector<std::string> parts_of(const std::string& run) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(run, error), error);
  std::vector<std::string> parts;
  for (const fs::path& part : path.relative_path())
    if (!part.empty()) parts.push_back(part.string());
  return parts;
}

bool is_seed(const std::string& part) {
  return part.starts_with("seed") && part.size() > 4 && part.find_first_not_of("0123456789", 4) == std::string::npos;
}

std::string joined(const std::vector<std::string>& parts, std::size_t count) {
  std::string name;
  const std::size_t first = parts.size() - std::min(count, parts.size());
  for (std::size_t i = first; i < parts.size(); ++i) name += (i == first ? "" : "_") + report::file_stem(parts[i]);
  return name.empty() ? "run" : name;
}

}  // namespace

std::vector<std::string> labels_of(const std::vector<std::string>& runs) {
  std::vector<std::vector<std::string>> paths;
  for (const std::string& run : runs) {
    paths.push_back(parts_of(run));
    require<ErrorKind::config>(std::ranges::count(paths, paths.back()) == 1, "fno report: found ", run,
                               " twice, accepted: each run once");
  }
  std::vector<std::size_t> counts;
  for (const auto& parts : paths) counts.push_back(!parts.empty() && is_seed(parts.back()) ? 2 : 1);
  std::vector<std::string> labels(runs.size());
  const auto label_all = [&] {
    for (std::size_t i = 0; i < runs.size(); ++i) labels[i] = joined(paths[i], counts[i]);
  };
  // Paths differ, so names do once they are long enough; the length of the longest path bounds the rounds.
  std::size_t longest = 0;
  for (const auto& parts : paths) longest = std::max(longest, parts.size());
  for (std::size_t round = 0; round <= longest; ++round) {
    label_all();
    const std::vector<std::string> seen = labels;
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (std::ranges::count(seen, seen[i]) > 1) ++counts[i];
  }
  // Names that differ only in what a file name cannot hold.
  label_all();
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (std::ranges::count(labels, labels[i]) > 1) labels[i] += "_" + std::to_string(i + 1);
  return labels;
}

}  // namespace fno::compare
