#include "tools/training/run_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/training/json_values.h"
#include "tools/training/run_owner.h"

namespace fno::training {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 15> kFiles{"config.toml",    "manifest.json",
                                                  "effective.json", "effective.jsonl",
                                                  "history.json",   "metrics.jsonl",
                                                  "metrics.json",   "model.safetensors",
                                                  "report.html",    "recon.npz",
                                                  "stats.json",     "invocation.json",
                                                  "invocation.sh",  "randomness_contract.json",
                                                  "profile.json"};
constexpr std::array<std::string_view, 2> kCheckpoints{"last.ckpt", "best.ckpt"};
constexpr std::array<std::string_view, 4> kPlots{"loss.svg", "learning_rate.svg", "gradient_norm.svg",
                                                 "seconds_per_epoch.svg"};

template <class... Parts>
void require_done(const std::error_code& error, const Parts&... parts) {
  require<ErrorKind::storage>(!error, parts..., ": ", error.message());
}

// sample0.png, sample12.svg
bool is_sample_picture(std::string_view name) {
  constexpr std::string_view kStart = "sample";
  if (!name.starts_with(kStart) || !(name.ends_with(".png") || name.ends_with(".svg"))) return false;
  const std::string_view number = name.substr(kStart.size(), name.size() - kStart.size() - 4);
  return !number.empty() && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

// compare_amp_phase.png, amp_phase_gt.png, frc_curves.svg, …
bool is_reconstruction_picture(std::string_view name) {
  return name == "compare_amp_phase.png" || name == "frc_curves.png" || name == "frc_curves.svg" ||
         (name.starts_with("amp_phase_") && name.ends_with(".png"));
}

bool is_picture(std::string_view name) {
  return is_reconstruction_picture(name) || std::ranges::find(kPlots, name) != kPlots.end() || is_sample_picture(name);
}

void remove_file(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::symlink_status(path, error).type();
  if (type == fs::file_type::not_found || type == fs::file_type::directory) return;
  fs::remove(path, error);
  require_done(error, "--force: cannot delete ", path.string());
}

// A real folder, not a link to one.
bool is_own_folder(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::directory;
}

void remove_if_empty(const fs::path& folder) {
  std::error_code ignored;
  if (is_own_folder(folder) && fs::is_empty(folder, ignored)) fs::remove(folder, ignored);
}

// Empty but for the mark of an owner, perhaps one that was killed.
bool is_free(const fs::path& folder, std::error_code& error) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    if (entry.path().filename() != RunOwner::kFile) return false;
  return true;
}

void remove_run(const fs::path& folder) {
  for (const std::string_view name : kFiles) remove_file(folder / name);
  if (const fs::path checkpoints = folder / "checkpoints"; is_own_folder(checkpoints)) {
    for (const std::string_view name : kCheckpoints) remove_file(checkpoints / name);
    remove_if_empty(checkpoints);
  }
  const fs::path figures = folder / "figures";
  if (!is_own_folder(figures)) return;
  std::error_code error;
  std::vector<fs::path> pictures;
  for (const fs::directory_entry& entry : fs::directory_iterator(figures, error))
    if (is_picture(entry.path().filename().string())) pictures.push_back(entry.path());
  require_done(error, "--force: cannot read ", figures.string());
  for (const fs::path& picture : pictures) remove_file(picture);
  remove_if_empty(figures);
}

}  // namespace

void check_run_directory(const fs::path& folder, bool force) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) {
    fs::path parent = fs::absolute(folder).lexically_normal();
    do parent = parent.parent_path();
    while (parent.has_relative_path() && fs::status(parent, error).type() == fs::file_type::not_found);
    require<ErrorKind::storage>(fs::is_directory(parent, error), "--output-dir: cannot make ", folder.string(), ": ",
                                parent.string(), " is not a folder");
    require<ErrorKind::storage>(::access(parent.c_str(), W_OK | X_OK) == 0, "--output-dir: cannot make ",
                                folder.string(), ": ", parent.string(), ": ", std::strerror(errno));
    return;
  }
  require_done(error, "--output-dir: cannot look at ", folder.string());
  require<ErrorKind::config>(status.type() == fs::file_type::directory, "--output-dir: found a file at ",
                             folder.string(), ", accepted: a folder that is absent or empty");
  const bool empty = is_free(folder, error);
  require_done(error, "--output-dir: cannot read ", folder.string());
  require<ErrorKind::config>(
      empty || force, "--output-dir: found files in ", folder.string(),
      ", accepted: a folder that is absent or empty, --resume to go on with the run in it, or --force to delete it");
  require<ErrorKind::storage>(::access(folder.c_str(), W_OK | X_OK) == 0, "--output-dir: cannot write into ",
                              folder.string(), ": ", std::strerror(errno));
}

void claim_run_directory(const RunPaths& paths, bool force) {
  check_run_directory(paths.folder, force);
  if (force) remove_run(paths.folder);
  make_run_folders(paths);
}

void make_run_folders(const RunPaths& paths) {
  std::error_code error;
  fs::create_directories(paths.checkpoints(), error);
  require_done(error, "--output-dir: cannot make ", paths.checkpoints().string());
}

void check_restart(const RunPaths& paths) {
  std::error_code ignored;
  std::string result;
  for (const std::string& path : {paths.best(), paths.model(), paths.metrics()})
    if (result.empty() && fs::exists(path, ignored)) result = path;
  // A run that failed before its first checkpoint has written what it came to: nothing.
  if (result == paths.metrics() && read_json_if_any(result).contains("incomplete")) result.clear();
  require<ErrorKind::checkpoint>(result.empty(), paths.last(), ": found no such file, although ", result,
                                 " stands there; accepted: the checkpoint, or --force to delete the run");
  if (read_json_if_any(paths.manifest()).value("program", Json()) == "fno") return;
  for (const std::string_view name : kFiles)
    require<ErrorKind::config>(!fs::exists(paths.folder / name, ignored), "--output-dir: found ",
                               (paths.folder / name).string(),
                               " without the manifest of a run, accepted with --resume: a run directory, or a folder "
                               "without files of such names");
}

std::vector<std::string> first_lines(const std::string& path, std::int64_t count) {
  std::vector<std::string> lines;
  std::ifstream in(path, std::ios::binary);
  for (std::string line; count > 0 && std::getline(in, line) && !in.eof(); --count) lines.push_back(line);
  return lines;
}

LineFile::LineFile(std::string path, std::int64_t kept) : path_(std::move(path)) {
  std::string lines;
  for (const std::string& line : first_lines(path_, kept)) lines += line + '\n';
  write_file_atomic(path_, lines);
  out_.open(path_, std::ios::binary | std::ios::app);
  check();
}

void LineFile::add(const std::string& line) {
  out_ << line << '\n';
  out_.flush();
  check();
}

void LineFile::check() const {
  require<ErrorKind::storage>(out_.good(), path_, ": cannot write: ", std::strerror(errno));
}

}  // namespace fno::training
