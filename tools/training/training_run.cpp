#include "tools/training/training_run.h"

#include <algorithm>
#include <iomanip>
#include <new>
#include <nlohmann/json.hpp>

#include "framework/cpu/kernel_set.h"
#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/files/one_line.h"
#include "tools/report/text.h"
#include "tools/settings/resolve.h"
#include "tools/settings/setting_table.h"
#include "tools/settings/toml_file.h"
#include "tools/training/chrome_trace.h"
#include "tools/training/device.h"
#include "tools/training/json_fields.h"
#include "tools/training/model_file.h"
#include "tools/training/run_log.h"
#include "tools/training/run_owner.h"
#include "tools/training/run_page.h"
#include "tools/training/stop_signal.h"

namespace fno::training {
namespace {

double seconds_of(const TrainingState& state) {
  double seconds = state.position.seconds;
  for (const EpochRecord& r : state.history) seconds += r.seconds;
  return seconds;
}

// The setting that names the data file of a role of the manifest.
std::string data_key(const std::string& role) { return role == "training" ? "run.data" : "run." + role + "_data"; }

// Whether a file can be written there, before hours have passed; in the folder of the run, which is still to be made,
// it can. Errors: storage.
void check_output_file(const std::string& path, const std::filesystem::path& run) {
  std::error_code error;
  const auto folder = [&](const std::filesystem::path& p) { return std::filesystem::weakly_canonical(p, error); };
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (!std::filesystem::exists(run, error) && folder(absolute.parent_path()) == folder(run)) return;
  const AtomicFile attempt(path);
}

// The log of a run and, where there is one, the lens; the lens first, so that its lines stand when a checkpoint does.
class Watchers : public Watcher {
 public:
  Watchers(Watcher& log, Watcher* lens) {
    if (lens != nullptr) all_.push_back(lens);
    all_.push_back(&log);
  }
  void on_batch(std::int64_t step) override {
    for (Watcher* w : all_) w->on_batch(step);
  }
  void on_pass(Pass pass) override {
    for (Watcher* w : all_) w->on_pass(pass);
  }
  void on_step(const StepRecord& step) override {
    for (Watcher* w : all_) w->on_step(step);
  }
  void on_epoch(const EpochRecord& epoch, bool is_best) override {
    for (Watcher* w : all_) w->on_epoch(epoch, is_best);
  }
  void on_gradients(const StepRecord& step, const Batch& batch) override {
    for (Watcher* w : all_) w->on_gradients(step, batch);
  }
  bool stop() override {
    return std::ranges::any_of(all_, [](Watcher* w) { return w->stop(); });
  }

 private:
  std::vector<Watcher*> all_;
};

}  // namespace

TrainingRun::TrainingRun(settings::Settings settings, const RunContext& context)
    : context_(context), paths_(settings.run.output_dir), epochs_asked_(settings.optim.schedule.epochs) {
  require_no_owner(paths_.folder);
  check_run_directory(paths_.folder, settings.run.force || settings.run.resume);
  if (settings.run.resume) find_checkpoint(settings);
  const auto notice = [&](const std::string& line) { notices_.push_back(line); };
  const settings::RunSettings& run = settings.run;
  Device device = open_device(run, notice, run.cuda_libraries);
  if (run.trace) check_output_file(*run.trace, paths_.folder);
  if (run.profile_ops || run.trace) {
    const bool cpu = device.name() == "cpu";
    profiler_.emplace(device, cpu ? std::optional(use_cpu(run)) : std::nullopt, run.profile_steps);
    device = profiler_->device();
  }
  live_.emplace(make_task(settings, device), context.epochs);
  live_->task->check(live_->network.model, notice);
  if (checkpoint_) go_on_from_checkpoint();
  manifest_ = {.arguments = context.arguments,
               .device = live_->task->device().name(),
               .cuda_libraries = std::string(settings::name_of(run.cuda_libraries)),
               .threads = use_cpu(run),
               .cpu_isa = std::string(cpu::kernel_set().name),
               .data = live_->task->data_files(),
               .seed = static_cast<std::uint64_t>(run.seed),
               .loader_seed = live_->loader.seed(),
               .parameters = live_->network.store.count()};
}

void TrainingRun::find_checkpoint(settings::Settings& settings) {
  std::error_code ignored;
  if (!std::filesystem::exists(paths_.last(), ignored)) {
    check_restart(paths_);
    notices_.push_back("--resume: found no checkpoint in " + paths_.folder.string() +
                       ", the run starts from the beginning");
    return;
  }
  checkpoint_ = read_checkpoint(paths_.last());
  const settings::Settings stored = settings::load_settings_text(checkpoint_->settings, paths_.last());
  // Defaults that hang on the number of epochs or on the data stay what they were.
  for (const auto& row : settings::setting_rows(settings.run.task))
    if (row.depends_on_run && !settings.given(row.key)) row.set(settings, row.get(stored));
  const std::string conflict = settings::resume_conflict(stored, settings);
  require<ErrorKind::config>(conflict.empty(), conflict);
  fit_epochs(settings);
  const bool cosine = settings.optim.schedule.kind == ScheduleKind::warmup_cosine &&
                      settings.optim.schedule.mode == ScheduleMode::stepped;
  if (cosine && settings.optim.schedule.epochs != stored.optim.schedule.epochs)
    notices_.push_back("the cosine now ends at epoch " + std::to_string(settings.optim.schedule.epochs) + ", not " +
                       std::to_string(stored.optim.schedule.epochs) +
                       ": the rates from here on are not those of a run that was longer or shorter from the start");
}

void TrainingRun::fit_epochs(settings::Settings& settings) {
  const Position& at = checkpoint_->training.position;
  const int begun = at.epoch + (at.step_in_epoch > 0 ? 1 : 0);
  if (settings.optim.schedule.epochs > begun) {
    settings::check_together(settings);  // the stored warm-up against the new number of epochs
    return;
  }
  if (settings.optim.schedule.epochs < begun)
    notices_.push_back("the run in " + paths_.folder.string() + " has " + std::to_string(begun) +
                       " epochs already, more than --epochs " + std::to_string(settings.optim.schedule.epochs));
  settings.optim.schedule.epochs = begun;
}

void TrainingRun::go_on_from_checkpoint() {
  // A file of the same name may hold other data by now.
  for (const Manifest::DataFile& file : live_->task->data_files()) {
    const auto before = checkpoint_->data.find(file.role);
    require<ErrorKind::config>(before == checkpoint_->data.end() || before->second == file.sha256, data_key(file.role),
                               ": found ", file.path, " with SHA-256 ", file.sha256, ", the stored run has ",
                               before == checkpoint_->data.end() ? "" : before->second);
  }
  // The best weights are wanted only when training is over; that they are damaged must not come out only then.
  if (checkpoint_->training.best_epoch)
    restore_weights(read_checkpoint(paths_.best()), live_->network.store, paths_.best());
  live_->restore(*checkpoint_, paths_.last());
  // As large as what is alive now, and not wanted again.
  checkpoint_->weights.clear();
  checkpoint_->first.clear();
  checkpoint_->second.clear();
}

void TrainingRun::write_manifest() { write_json(paths_.manifest(), manifest_json(manifest_)); }

int TrainingRun::execute() {
  Progress progress(*context_.log,
                    progress_style(live_->settings().run.quiet, live_->settings().run.json, context_.log_is_terminal),
                    last_epoch());
  const std::vector<std::string> idle = settings::idle_requests(live_->settings());
  notices_.insert(notices_.begin(), idle.begin(), idle.end());
  manifest_.start = utc_now();
  if (is_finished()) {
    for (const std::string& line : idle) progress.say("notice: " + line);
    print_finished();
    return 0;
  }
  const RunOwner owner(paths_.folder);
  if (live_->settings().run.resume)
    make_run_folders(paths_);
  else
    claim_run_directory(paths_, live_->settings().run.force);
  if (checkpoint_) manifest_.resumed_from_step = live_->state().position.step;
  for (const std::string& line : live_->task->readings()) progress.say(line);
  for (const std::string& line : notices_) progress.say("notice: " + line);
  const auto end = [this](int code, const std::string& error) {
    manifest_.end = utc_now();
    manifest_.exit_code = code;
    const MemoryUse use = live_->task->device().memory().use();
    manifest_.memory = {use.peak, use.reserved, process_peak_bytes()};
    if (!error.empty()) manifest_.error = error;
  };
  try {
    write_manifest();
    write_file_atomic(paths_.config(), settings::to_toml(live_->settings()));
    const StopSignal guard(time_limit());
    const int code = train_and_write(progress);
    end(code, "");
    write_manifest();
    return code;
  } catch (const std::exception& e) {
    const auto* known = dynamic_cast<const Error*>(&e);
    const bool memory = dynamic_cast<const std::bad_alloc*>(&e) != nullptr;
    end(known != nullptr ? known->exit_code() : memory ? static_cast<int>(ErrorKind::device) : 1, e.what());
    // What can still be told about the failed run; the failure itself is the news, whatever becomes of these files.
    try {
      write_manifest();
      const RunResults results{.trouble = e.what(), .failed_with = manifest_.exit_code.value_or(1)};
      write_results(results);
      write_page(results, false);
    } catch (const std::exception&) {
    }
    throw;
  }
}

std::optional<double> TrainingRun::time_limit() const {
  const std::optional<std::string>& limit = live_->settings().run.time_limit;
  return limit ? settings::seconds_of(*limit) : std::nullopt;
}

bool TrainingRun::is_profiled() const { return live_->settings().run.profile_ops && profiler_->profile().steps > 0; }

void TrainingRun::begin_profile(Watcher& log) {
  const settings::RunSettings& run = live_->settings().run;
  const Position& at = live_->state().position;
  const std::int64_t each = live_->loader.steps();
  const std::int64_t to_come = (last_epoch() - at.epoch) * each - at.step_in_epoch;
  profiler_->begin(at.step, to_come, log, [this, &run] {
    if (run.profile_ops) write_json(paths_.profile(), profile_json(profiler_->profile()));
    if (run.trace) write_chrome_trace(*run.trace, profiler_->spans(), profiler_->profile().roof);
  });
}

int TrainingRun::train_and_write(Progress& progress) {
  RunLog log(paths_, *live_, progress);
  const std::unique_ptr<Watcher> lens = context_.lens ? context_.lens(*live_, paths_) : nullptr;
  Watchers watchers(log, lens.get());
  if (profiler_) begin_profile(watchers);
  RunResults results;
  int code = 0;
  bool finished = false;
  try {
    finished = live_->trainer.run(profiler_ ? static_cast<Watcher&>(*profiler_) : watchers);
  } catch (const std::exception&) {
    try {
      log.write_summaries();
      if (profiler_) profiler_->finish();
    } catch (const Error&) {  // the first failure is the news
    }
    throw;
  }
  log.write_summaries();
  if (profiler_) profiler_->finish();
  if (!finished) {
    code = StopSignal::status();
    write_checkpoint(paths_.last(), live_->capture());
    const Position& at = live_->state().position;
    const bool by_signal = StopSignal::received() != 0;
    results.trouble = std::string(by_signal ? "stopped by a signal" : "stopped when its time was over") + " in epoch " +
                      std::to_string(at.epoch + 1) + " after " + std::to_string(at.step) + " steps";
    manifest_.error = results.trouble;
    const std::string line = results.trouble + "; checkpoint: " + paths_.last();
    if (live_->settings().run.quiet)  // silence is for progress, not for a run that did not reach its end
      *context_.log << one_line(line) << std::endl;
    else
      progress.say(line);
  }
  write_model_file(paths_.model(), live_->network.store, live_->task->model(), live_->settings());
  manifest_.end = utc_now();
  if (code == 0) {
    live_->optimizer.zero_grad();  // as large as the best weights, which come beside the last ones now
    measure(results);
    live_->task->write_files(paths_, live_->network.model, results);
  }
  write_results(results);
  write_page(results, code == 0);
  print_results(results);
  return code;
}

void TrainingRun::measure(RunResults& results) {
  results.last = live_->task->measure(live_->network.model);
  if (!results.last || !live_->state().best_epoch) return;
  BuiltModel best(live_->task->model(), live_->task->device(), manifest_.seed);
  restore_weights(read_checkpoint(paths_.best()), best.store, paths_.best());
  results.best = live_->task->measure(best.model);
}

Json TrainingRun::scores_json(const std::optional<Measured>& measured) const {
  return measured ? measured->json : live_->task->no_scores();
}

void TrainingRun::write_results(const RunResults& results) {
  Json json = Json::object();
  const std::optional<int>& best_epoch = live_->state().best_epoch;
  json["last"] = scores_json(results.last);
  json["best"] = best_epoch ? scores_json(results.best) : Json(nullptr);
  json["best_epoch"] = or_null(best_epoch);
  live_->task->add_metrics(json, results, live_->state());
  if (!results.trouble.empty()) json["incomplete"] = results.trouble;
  write_json(paths_.metrics(), json);
}

void TrainingRun::write_page(const RunResults& results, bool whole) {
  report::RunReport page = run_page(live_->settings(), manifest_, live_->state(), results);
  live_->task->fill_page(page, results, live_->state(), whole ? &live_->network.model : nullptr);
  if (is_profiled()) page.manifest.push_back({"where the time goes", "profile.json"});
  report::write_run_report(paths_.folder, page);
}

int TrainingRun::last_epoch() const { return context_.epochs.value_or(live_->settings().optim.schedule.epochs); }

bool TrainingRun::is_finished() const {
  if (!checkpoint_ || live_->state().position.epoch < last_epoch()) return false;
  const Json manifest = read_json_if_any(paths_.manifest());
  const auto code = manifest.find("exit_code");
  std::error_code ignored;
  // The manifest's last word comes after the results; a run that was killed before it still has to make them.
  return code != manifest.end() && *code == 0 && std::filesystem::exists(paths_.metrics(), ignored);
}

void TrainingRun::print_finished() const {
  const TrainingState& state = live_->state();
  const std::string line = "the run in " + paths_.folder.string() + " has finished its " +
                           std::to_string(state.history.size()) + " epochs" +
                           (epochs_asked_ < live_->settings().optim.schedule.epochs
                                ? ", which are more than --epochs " + std::to_string(epochs_asked_)
                                : std::string());
  const Json metrics = read_json_if_any(paths_.metrics());
  if (live_->settings().run.json) {
    Json result = result_json(metrics.value("last", Json()), metrics.value("best", Json()));
    result["notices"].push_back(line);
    *context_.out << result.dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
    return;
  }
  *context_.out << one_line(line) << "\n"
                << one_line("results: " + paths_.metrics() + ", report: " + (paths_.folder / "report.html").string())
                << std::endl;
}

Json TrainingRun::result_json(const Json& last, const Json& best) const {
  const TrainingState& state = live_->state();
  Json json = {{"run", paths_.folder.string()}, {"last", last}, {"best", best}};
  json["best_epoch"] = or_null(state.best_epoch);
  if (state.best_epoch) put_number(json, "best_val_loss", state.best_val_loss);
  json["epochs"] = state.history.size();
  json["read_as"] = live_->task->readings();
  json["notices"] = notices_;
  json["seconds"] = seconds_of(state);
  json["parameters"] = {{"complex_once", manifest_.parameters.logged}, {"complex_twice", manifest_.parameters.real}};
  return json;
}

void TrainingRun::print_results(const RunResults& results) const {
  std::ostream& out = *context_.out;
  const TrainingState& state = live_->state();
  if (live_->settings().run.json) {
    Json json = result_json(scores_json(results.last), state.best_epoch ? scores_json(results.best) : Json(nullptr));
    if (!results.trouble.empty()) json["incomplete"] = results.trouble;
    if (is_profiled()) json["profile"] = profile_json(profiler_->profile());
    out << json.dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
    return;
  }
  if (is_profiled()) out << profile_table(profiler_->profile()) << "\n";
  std::size_t width = 20;
  if (results.last)
    for (const Score& score : results.last->scores) width = std::max(width, score.name.size());
  const auto row = [&](const std::string& name, const std::string& last, const std::string& best) {
    out << std::left << std::setw(static_cast<int>(width) + 2) << one_line(name) << std::right << std::setw(12) << last
        << std::setw(12) << best << "\n";
  };
  const auto number = [](const std::optional<double>& value) {
    return value ? report::format_number(*value) : std::string("-");
  };
  row("", "last", "best");
  if (results.last)
    for (std::size_t i = 0; i < results.last->scores.size(); ++i)
      row(results.last->scores[i].name, number(results.last->scores[i].value),
          results.best ? number(results.best->scores[i].value) : "-");
  const bool validated = !state.history.empty() && state.history.back().val_loss.has_value();
  if (validated)
    row("val_loss", report::format_number(*state.history.back().val_loss),
        state.best_epoch ? report::format_number(state.best_val_loss) : "-");
  row("epoch", std::to_string(state.history.size()), state.best_epoch ? std::to_string(*state.best_epoch + 1) : "-");
  for (const std::string& line : live_->task->remarks(results, state)) out << one_line(line) << "\n";
  out << "\nparameters " << manifest_.parameters.real << " (complex counted once: " << manifest_.parameters.logged
      << "), " << duration_text(seconds_of(state)) << ", report: " << one_line((paths_.folder / "report.html").string())
      << std::endl;
}

}  // namespace fno::training
