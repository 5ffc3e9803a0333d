#include "tools/tasks/stage_a/full.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <limits>
#include <sys/file.h>
#include <unistd.h>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/files/npz.h"
#include "tools/files/sha256.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/stage_a/bench.h"
#include "tools/tasks/stage_a/layer_log.h"
#include "tools/tasks/stage_a/runner.h"
#include "tools/training/build_info.h"
#include "tools/training/progress.h"
#include "tools/training/run_record.h"
#include "tools/training/stop_signal.h"
#include "tools/training/training_run.h"

namespace fno::stage_a {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using training::Json;

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// A run is one process's as long as it holds the lock on its log.
class Claim {
 public:
  explicit Claim(const fs::path& log) : fd_(::open(log.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    require<ErrorKind::storage>(fd_ >= 0, log.string(), ": cannot be opened: ", std::strerror(errno));
    held_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
  }
  ~Claim() { ::close(fd_); }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  [[nodiscard]] bool held() const { return held_; }

 private:
  int fd_;
  bool held_ = false;
};

/// Layers are logged, and the run ends when time is over.
class Lens : public LayerLog {
 public:
  Lens(training::LiveRun& run, const training::RunPaths& paths, std::function<bool()> late)
      : LayerLog(run, paths), late_(std::move(late)) {}
  bool stop() override { return late_() || LayerLog::stop(); }

 private:
  std::function<bool()> late_;
};

// One program for all: what another one began is not gone on with.
void require_same_program(const training::RunPaths& paths) {
  if (!is_there(paths.manifest())) return;
  const std::string commit = read_json(paths.manifest()).value("git_commit", "");
  require<ErrorKind::config>(commit == build::git_commit(), paths.folder.string(), ": found a run of commit ", commit,
                             ", accepted: one of this program's, ", build::git_commit());
}

// Everything up to the last checkpoint of the run that this one goes on with; the checkpoint last, and whole.
void begin_as(const training::RunPaths& from, const training::RunPaths& to) {
  if (is_there(to.last())) return;
  make_run_folders(to);
  const auto copy = [&](const fs::path& source, const fs::path& target) {
    std::error_code error;
    fs::copy_file(source, target, fs::copy_options::overwrite_existing, error);
    require<ErrorKind::storage>(!error, target.string(), ": cannot be copied from ", source.string(), ": ",
                                error.message());
  };
  copy(from.steps(), to.steps());
  copy(from.effective_lines(), to.effective_lines());
  copy(LayerLog::path(from), LayerLog::path(to));
  copy(from.best(), to.best());
  const std::string part = to.last() + ".part";
  copy(from.last(), part);
  std::error_code error;
  fs::rename(part, to.last(), error);
  require<ErrorKind::storage>(!error, to.last(), ": cannot be made: ", error.message());
}

struct Steps {
  std::vector<double> loss, norm;
};

Steps read_steps(const training::RunPaths& paths) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Steps steps;
  const auto number = [](const Json& line, const char* key) {
    const auto found = line.find(key);
    return found == line.end() || !found->is_number() ? kNan : found->get<double>();
  };
  for (const std::string& text : training::first_lines(paths.steps(), std::numeric_limits<std::int64_t>::max())) {
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object()) continue;
    steps.loss.push_back(number(line, "loss"));
    steps.norm.push_back(number(line, "grad_norm"));
  }
  return steps;
}

void write_steps(const fs::path& path, const Steps& steps) {
  const auto array = [](const std::vector<double>& values) {
    return make_host_array(std::vector<float>(values.begin(), values.end()),
                           {static_cast<std::int64_t>(values.size())});
  };
  write_npz(path, std::vector<NamedArray>{{"loss", array(steps.loss)}, {"grad_norm", array(steps.norm)}}, true);
}

Json row_of(const FullRun& run, const training::RunRecord& record, const Steps& steps) {
  Json row;
  put_request(row, run.plan, record.settings);
  row["arm"] = run.arm();
  row["loss"] = record.settings.train.loss;
  row["width"] = record.settings.model.width;
  row["label"] = record.outcome == "ok" ? "healthy" : record.outcome;
  row["rule"] = record.rule;
  const Json verdict = record.metrics.value("collapse", Json::object());
  row["collapse_epoch"] = verdict.value("epoch", 0);
  row["first_epoch"] = record.first_epoch;
  row["last_epoch"] = record.history.size();
  training::TrainingState state{.history = record.history, .best_epoch = record.best_epoch};
  if (const auto best = record.best_val_loss()) state.best_val_loss = *best;
  put_results(row, state);
  row["grad_norm"] = norm_json(steps.norm);
  row["steps"] = steps.loss.size();
  row["seconds"] = record.seconds();
  for (const char* key : {"threads", "cpu_isa", "device", "start", "end", "build_flags"})
    row[key] = record.manifest.value(key, Json());
  row["parameters"] = record.manifest.value("parameters", Json());
  row["data_sha256"] = record.data_hash("training");
  row["test_sha256"] = record.data_hash("test");
  if (const std::string model = training::RunPaths(record.folder).model(); is_there(model))
    row["model_sha256"] = sha256_hex_of_file(model);
  row["git_commit"] = record.commit();
  row["git_dirty"] = record.manifest.value("git_dirty", Json());
  // fno train ends a run whose live objects are not what was asked for.
  const bool is_void = record.error.find("the run is void") != std::string::npos;
  row["echo"] = is_void ? Json::array({record.error}) : Json("ok");
  if (!record.error.empty()) row["trouble"] = record.error;
  return row;
}

class FullStudy {
 public:
  FullStudy(const StudyOptions& options, const StudyProfile& profile)
      : options_(options), profile_(profile), out_(options.output_dir) {}

  int run() {
    const std::vector<FullRun> design = full_design(profile_);
    int code = 0;
    for (const FullRun& run : design) {
      if (late() || code != 0) break;
      if (!has_row(run.arm(), run)) code = claim_and_do(run);
    }
    const auto missing = std::ranges::count_if(design, [&](const FullRun& r) { return !has_row(r.arm(), r); });
    say(fmt::format("full: {} of {} runs have their rows", design.size() - static_cast<std::size_t>(missing),
                    design.size()));
    if (options_.json) std::cout << Json{{"runs", design.size()}, {"missing", missing}}.dump(2) << std::endl;
    return code;
  }

 private:
  [[nodiscard]] bool late() const {
    return options_.minutes && std::chrono::duration<double>(Clock::now() - start_).count() > 60 * *options_.minutes;
  }
  void say(const std::string& line) const {
    if (!options_.quiet) std::cerr << line << std::endl;
  }
  [[nodiscard]] std::string rows_path() const { return (out_ / "runs.jsonl").string(); }

  // Whether the arm's run of this run's seed is done. Read anew each time: others write too.
  [[nodiscard]] bool has_row(const std::string& arm, const FullRun& run) const {
    return std::ranges::any_of(read_rows(rows_path()), [&](const RunRow& row) {
      return row.key.change == arm && row.key.weight_seed == run.plan.weight_seed && !row.is_void();
    });
  }

  int claim_and_do(const FullRun& run) {
    const fs::path folder = run_folder(out_, run);
    if (!run.begins_as.empty() && !has_row(run.begins_as, run)) {
      say(folder.string() + ": waits for " + run.begins_as);
      return 0;
    }
    make_folder(folder);
    const Claim claim(folder / "train.log");
    if (!claim.held() || has_row(run.arm(), run)) return 0;
    return go_on(run, training::RunPaths(folder));
  }

  int go_on(const FullRun& run, const training::RunPaths& paths) {
    require_same_program(paths);
    if (!run.begins_as.empty()) {
      FullRun first = run;
      first.plan.change.name = run.begins_as;
      begin_as(training::RunPaths(run_folder(out_, first)), paths);
    }
    const ptychography::DatasetPaths data = ensure_dataset(profile_.data, data_folder(options_));
    const settings::Settings settings =
        settings_of(profile_, run.plan, {{"run.resume", "true"}, {"train.log_grad_norm", "true"}},
                    {.train = data.train, .test = data.test, .run = paths.folder.string()});
    say(paths.folder.string());
    std::ofstream log(paths.folder / "train.log", std::ios::app);
    const training::RunContext context{
        .arguments = options_.words,
        .out = &log,
        .log = &log,
        .epochs = run.epochs,
        .lens = [this](training::LiveRun& live, const training::RunPaths& where) -> std::unique_ptr<training::Watcher> {
          return std::make_unique<Lens>(live, where, [this] { return late(); });
        }};
    try {
      const int code = training::TrainingRun(settings, context).execute();
      if (code != 0) return training::StopSignal::received() != 0 ? code : 0;
    } catch (const Error& e) {  // NaN and want of memory are outcomes
      if (e.kind() != ErrorKind::numeric && e.kind() != ErrorKind::device) throw;
      log << e.what() << std::endl;
    }
    add_row(run, paths);
    return 0;
  }

  void add_row(const FullRun& run, const training::RunPaths& paths) {
    const Steps steps = read_steps(paths);
    write_steps(paths.folder / "steps.npz", steps);
    const Json row = row_of(run, training::read_run(paths.folder, run.arm()), steps);
    RowFile(rows_path(), true).add(row);
    say(fmt::format("{}  {}  {}", paths.folder.string(), row.at("label").get<std::string>(),
                    training::duration_text(row.at("seconds").get<double>())));
  }

  const StudyOptions& options_;
  const StudyProfile& profile_;
  const fs::path out_;
  const Clock::time_point start_ = Clock::now();
};

}  // namespace

fs::path run_folder(const fs::path& out, const FullRun& run) {
  return out / run.arm() / std::to_string(run.plan.weight_seed);
}

int run_full(const StudyOptions& options, const StudyProfile& profile) {
  require<ErrorKind::config>(options.run_size == RunSize::full, "--part full: found --size-of-runs ",
                             settings::name_of(options.run_size), ", accepted: --size-of-runs full");
  require<ErrorKind::config>(!options.force,
                             "--force: found beside --part full, whose runs take hours, accepted: "
                             "folders deleted by hand");
  keep_or_compare(profile, options.output_dir);
  return FullStudy(options, profile).run();
}

}  // namespace fno::stage_a
