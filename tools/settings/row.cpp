#include "tools/settings/row.h"

#include <algorithm>

namespace fno::settings {

std::string RowInfo::name() const {
  std::string name = key.substr(key.rfind('.') + 1);  // npos + 1 is 0: a key without a section
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string RowInfo::label() const { return positional ? metavar : "--" + name(); }

std::string RowInfo::standard() const {
  if (fallback_text.empty()) return fallback == Value(false) ? "off" : to_text(fallback);
  std::string words = fallback_text;
  if (const std::size_t hole = words.find("{}"); hole != std::string::npos) words.replace(hole, 2, to_text(fallback));
  return words;
}

std::vector<RowInfo> common_infos(const std::string& prefix) {
  std::vector<RowInfo> rows(7);
  rows[0] = {.key = "device", .rule = device(), .fallback = "auto", .help = "where to compute", .metavar = "DEVICE"};
  rows[1] = {.key = "threads",
             .rule = integer(1, 4096),
             .fallback = {},
             .help = "threads on the CPU; results do not depend on it",
             .fallback_text = "all cores"};
  // All that there are and not only those of this program: a run may have been made by another.
  rows[2] = {.key = "cpu_isa",
             .rule = choice({"auto", "avx512", "avx2", "baseline"}),
             .fallback = "auto",
             .help = "instruction set of the CPU's kernels; auto = the widest that the processor has"};
  rows[3] = {.key = "seed", .rule = seed(), .fallback = std::int64_t{0}, .help = "start of every random stream"};
  rows[4] = {.key = "quiet", .rule = toggle(), .fallback = false, .help = "no progress, no notices"};
  rows[5] = {.key = "json", .rule = toggle(), .fallback = false, .help = "results and progress as JSON"};
  rows[6] = {.key = "verbose", .rule = toggle(), .fallback = false, .help = "details under an error"};
  for (RowInfo& row : rows) {
    row.key = prefix + row.key;
    row.section = "Common";
    row.may_differ_on_resume = row.changes_no_number =
        row.key != prefix + "device" && row.key != prefix + "cpu_isa" && row.key != prefix + "seed";
  }
  return rows;
}

}  // namespace fno::settings
