#include "tools/tasks/stage_a/run_row.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/tasks/ptychography/collapse.h"

namespace fno::stage_a {
namespace {

using training::Json;

std::string text_of_file(const std::string& path) {
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 30;
  const std::vector<std::byte> bytes = read_whole_file(path, kLargest);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<double> number(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? std::nullopt : std::optional(found->get<double>());
}

std::vector<std::optional<double>> numbers(const Json& json, const char* key) {
  std::vector<std::optional<double>> values;
  for (const Json& v : json.at(key)) values.push_back(v.is_null() ? std::nullopt : std::optional(v.get<double>()));
  return values;
}

}  // namespace

std::string text_of(const RunKey& key) {
  return key.cell + (key.change.empty() ? "" : "+" + key.change) + " w" + std::to_string(key.weight_seed) + " o" +
         std::to_string(key.loader_seed);
}

bool RunRow::dead() const { return dead_since() > 0; }

int RunRow::dead_since() const {
  const auto flat = [](const std::optional<double>& s) { return s && *s < ptychography::CollapseLimits{}.flat; };
  auto since = static_cast<int>(spread.size());
  while (since > 0 && flat(spread[static_cast<std::size_t>(since - 1)])) --since;
  return since < static_cast<int>(spread.size()) ? since + 1 : 0;
}

RunRow run_row(const std::string& line, const std::string& where) {
  try {
    RunRow row;
    row.json = Json::parse(line);
    const Json& j = row.json;
    for (const char* key : {"architecture", "grad_clip", "probe_gain", "scheduler", "schedule_mode", "rates",
                            "train_loss", "data_sha256", "git_commit", "git_dirty"})
      (void)j.at(key);
    row.key = {j.at("cell"), j.at("change"), j.at("weight_seed"), j.at("loader_seed")};
    row.part = j.at("part");
    row.factor = j.at("factor");
    row.label = j.at("label");
    row.rule = j.at("rule");
    row.collapse_epoch = j.at("collapse_epoch");
    row.first_epoch = j.at("first_epoch");
    row.last_epoch = j.at("last_epoch");
    row.best_val_loss = number(j, "best_val_loss");
    row.final_val_loss = number(j, "final_val_loss");
    row.ssim_last = number(j, "amp_ssim_last");
    row.mae_last = number(j, "amp_mae_last");
    row.ssim_best = number(j, "amp_ssim_best");
    row.val_loss = numbers(j, "val_loss");
    row.spread = numbers(j, "amp_std_over_mean");
    row.seconds = j.at("seconds");
    // A list of differences makes a run void; null is a run without memory to begin with.
    row.echo_ok = j.at("echo") == "ok" || (j.at("echo").is_null() && row.out_of_memory());
    return row;
  } catch (const Json::exception& e) {
    fail(ErrorKind::data, where, ": found a line that fno study did not write, accepted: its own lines (", e.what(),
         ")");
  }
}

std::vector<RunRow> read_rows(const std::string& path) {
  std::vector<RunRow> rows;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    require<ErrorKind::storage>(!error, path, ": cannot be looked at: ", error.message());
    return rows;
  }
  const std::string text = text_of_file(path);
  std::size_t at = 0, line = 1;
  for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1, ++line)
    if (end > at) rows.push_back(run_row(text.substr(at, end - at), path + ":" + std::to_string(line)));
  return rows;
}

RowFile::RowFile(std::string path, bool wait) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  require<ErrorKind::storage>(fd_ >= 0, path_, ": cannot be opened: ", std::strerror(errno));
  if (::flock(fd_, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    ::close(fd_);
    fail(ErrorKind::storage, path_, ": another process is writing it, accepted: one study a folder at a time");
  }
  const std::string text = text_of_file(path_);
  const std::size_t end = text.rfind('\n');
  const std::size_t whole = end == std::string::npos ? 0 : end + 1;
  if (whole < text.size() && ::ftruncate(fd_, static_cast<off_t>(whole)) != 0) {
    ::close(fd_);
    fail(ErrorKind::storage, path_, ": the torn last line cannot be cut off: ", std::strerror(errno));
  }
}

RowFile::~RowFile() { ::close(fd_); }

void RowFile::add(const Json& row) {
  const std::string line = row.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const ssize_t written = ::write(fd_, line.data(), line.size());
  require<ErrorKind::storage>(written == static_cast<ssize_t>(line.size()) && ::fsync(fd_) == 0, path_,
                              ": cannot be written: ", std::strerror(errno));
}

}  // namespace fno::stage_a
