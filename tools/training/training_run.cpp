#include "tools/training/training_run.h"

#include <algorithm>
#include <iomanip>
#include <new>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/report/text.h"
#include "tools/settings/resolve.h"
#include "tools/settings/setting_table.h"
#include "tools/settings/toml_file.h"
#include "tools/settings/validate.h"
#include "tools/training/device.h"
#include "tools/training/model_file.h"
#include "tools/training/run_page.h"
#include "tools/training/stop_signal.h"

namespace fno::training {
namespace {

constexpr int kSignalExit = 128;

std::uint64_t seed_of(const settings::Settings& settings) { return static_cast<std::uint64_t>(settings.run.seed); }

double seconds_of(const TrainingState& state) {
  double seconds = state.position.seconds;
  for (const EpochRecord& r : state.history) seconds += r.seconds;
  return seconds;
}

// The setting that names the data file of a role of the manifest.
std::string data_key(const std::string& role) { return role == "training" ? "run.data" : "run." + role + "_data"; }

std::map<std::string, std::string> hashes_of(const std::vector<Manifest::DataFile>& files) {
  std::map<std::string, std::string> hashes;
  for (const Manifest::DataFile& file : files) hashes[file.role] = file.sha256;
  return hashes;
}

}  // namespace

TrainingRun::TrainingRun(const settings::Settings& settings, const RunContext& context)
    : settings_(settings),
      context_(context),
      paths_(settings.run.output_dir),
      epochs_asked_(settings.optim.schedule.epochs) {
  check_run_directory(paths_.folder, settings_.run.force || settings_.run.resume);
  if (settings_.run.resume) find_checkpoint();
  device_ = open_device(
      settings_.run.device, settings_.run.threads, [&](const std::string& line) { notices_.push_back(line); },
      settings_.run.cuda_libraries);
  task_ = make_task(settings_, device_);
  const std::uint64_t seed = seed_of(settings_);
  network_ = std::make_unique<BuiltModel>(task_->model(), device_, seed);
  task_->check(network_->model, [&](const std::string& line) { notices_.push_back(line); });

  optimizer_ = std::make_unique<Optimizer>(network_->store.parameters(), settings_.optim.optimizer);
  schedule_ = std::make_unique<Schedule>(settings_.optim.schedule);
  clip_ = std::make_unique<GradientClip>(settings_.optim.clip);
  loader_ =
      std::make_unique<Loader>(task_->source(), task_->training_samples(), settings_.optim.batch_size,
                               static_cast<std::uint64_t>(settings_.train.loader_seed.value_or(settings_.run.seed)),
                               device_, settings_.train.short_last_batch == settings::ShortLastBatch::drop);
  validation_ = task_->validation(network_->model);
  trainer_ = std::make_unique<Trainer>(
      TrainerParts{network_->model, *optimizer_, *schedule_, *clip_, *loader_, validation_.get()},
      TrainerOptions{.epochs = settings_.optim.schedule.epochs,
                     .loss = task_->loss(),
                     .log_grad_norm = settings_.train.log_grad_norm,
                     .grad_norm_log_freq = settings_.train.grad_norm_log_freq,
                     .skip_bad_steps = settings_.train.skip_bad_steps});

  if (checkpoint_) go_on_from_checkpoint();

  manifest_.arguments = context.arguments;
  manifest_.device = device_.name();
  manifest_.cuda_libraries = settings::name_of(settings_.run.cuda_libraries);
  manifest_.threads = cpu_threads(settings_.run.threads);
  manifest_.data = task_->data_files();
  manifest_.seed = seed;
  manifest_.loader_seed = loader_->seed();
  manifest_.parameters = network_->store.count();
}

void TrainingRun::find_checkpoint() {
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
  for (const auto& row : settings::setting_rows(settings_.run.task))
    if (row.depends_on_run && !settings_.given(row.key)) row.set(settings_, row.get(stored));
  const std::string conflict = settings::resume_conflict(stored, settings_);
  require<ErrorKind::config>(conflict.empty(), conflict);
  fit_epochs();
  const bool cosine = settings_.optim.schedule.kind == ScheduleKind::warmup_cosine &&
                      settings_.optim.schedule.mode == ScheduleMode::stepped;
  if (cosine && settings_.optim.schedule.epochs != stored.optim.schedule.epochs)
    notices_.push_back("the cosine now ends at epoch " + std::to_string(settings_.optim.schedule.epochs) + ", not " +
                       std::to_string(stored.optim.schedule.epochs) +
                       ": the rates from here on are not those of a run that was longer or shorter from the start");
}

void TrainingRun::fit_epochs() {
  const Position& at = checkpoint_->training.position;
  const int begun = at.epoch + (at.step_in_epoch > 0 ? 1 : 0);
  if (settings_.optim.schedule.epochs > begun) {
    settings::check_together(settings_);  // the stored warm-up against the new number of epochs
    return;
  }
  if (settings_.optim.schedule.epochs < begun)
    notices_.push_back("the run in " + paths_.folder.string() + " has " + std::to_string(begun) +
                       " epochs already, more than --epochs " + std::to_string(settings_.optim.schedule.epochs));
  settings_.optim.schedule.epochs = begun;
}

void TrainingRun::go_on_from_checkpoint() {
  // A file of the same name may hold other data by now.
  for (const Manifest::DataFile& file : task_->data_files()) {
    const auto before = checkpoint_->data.find(file.role);
    require<ErrorKind::config>(before == checkpoint_->data.end() || before->second == file.sha256, data_key(file.role),
                               ": found ", file.path, " with SHA-256 ", file.sha256, ", the stored run has ",
                               before == checkpoint_->data.end() ? "" : before->second);
  }
  // The best weights are wanted only when training is over; that they are damaged must not come out only then.
  if (checkpoint_->training.best_epoch) restore_weights(read_checkpoint(paths_.best()), network_->store, paths_.best());
  restore_weights(*checkpoint_, network_->store, paths_.last());
  restore_training(*checkpoint_, *optimizer_, *schedule_, *trainer_);
}

void TrainingRun::write_manifest() { write_json(paths_.manifest(), manifest_json(manifest_)); }

int TrainingRun::execute() {
  Progress progress(*context_.log, progress_style(settings_.run.quiet, settings_.run.json, context_.log_is_terminal),
                    settings_.optim.schedule.epochs);
  for (const std::string& line : settings::idle_requests(settings_)) progress.say("notice: " + line);
  manifest_.start = utc_now();
  if (is_finished()) {
    print_finished(progress);
    return 0;
  }
  if (settings_.run.resume)
    make_run_folders(paths_);
  else
    claim_run_directory(paths_, settings_.run.force);
  if (checkpoint_) manifest_.resumed_from_step = trainer_->state().position.step;
  for (const std::string& line : notices_) progress.say("notice: " + line);
  const auto end = [this](int code, const std::string& error) {
    manifest_.end = utc_now();
    manifest_.exit_code = code;
    if (!error.empty()) manifest_.error = error;
  };
  try {
    write_manifest();
    write_file_atomic(paths_.config(), settings::to_toml(settings_));
    const StopSignal guard;
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

int TrainingRun::train_and_write(Progress& progress) {
  Checkpoint checkpoint{.model = task_->model(),
                        .settings = settings::to_toml(settings_),
                        .seed = seed_of(settings_),
                        .data = hashes_of(manifest_.data),
                        .infer_batch_size = settings_.train.infer_batch_size,
                        .weights = {},
                        .first = {},
                        .second = {},
                        .training = {}};
  const LiveParts live{*optimizer_, *schedule_, *clip_, network_->store, *loader_, *task_, settings_};
  RunLog log(paths_, live, *trainer_, checkpoint, progress);
  RunResults results;
  int code = 0;
  bool finished = false;
  try {
    finished = trainer_->run(log);
  } catch (const std::exception&) {
    try {
      log.write_summaries();
    } catch (const Error&) {  // the first failure is the news
    }
    throw;
  }
  log.write_summaries();
  if (!finished) {
    code = kSignalExit + StopSignal::received();
    log.write_last_checkpoint();
    const Position& at = trainer_->state().position;
    results.trouble =
        "stopped by a signal in epoch " + std::to_string(at.epoch + 1) + " after " + std::to_string(at.step) + " steps";
    manifest_.error = results.trouble;
    const std::string line = results.trouble + "; checkpoint: " + paths_.last();
    if (settings_.run.quiet)  // silence is for progress, not for a run that did not reach its end
      *context_.log << line << std::endl;
    else
      progress.say(line);
  }
  write_model_file(paths_.model(), network_->store, task_->model(), settings_);
  manifest_.end = utc_now();
  if (code == 0) {
    measure(results);
    task_->write_files(paths_, network_->model, results);
  }
  write_results(results);
  write_page(results, code == 0);
  print_results(results);
  return code;
}

void TrainingRun::measure(RunResults& results) {
  results.last = task_->measure(network_->model);
  if (!results.last || !trainer_->state().best_epoch) return;
  BuiltModel best(task_->model(), device_, seed_of(settings_));
  restore_weights(read_checkpoint(paths_.best()), best.store, paths_.best());
  results.best = task_->measure(best.model);
}

Json TrainingRun::scores_json(const std::optional<Measured>& measured) const {
  return measured ? measured->json : task_->no_scores();
}

void TrainingRun::write_results(const RunResults& results) {
  Json json = Json::object();
  const std::optional<int>& best_epoch = trainer_->state().best_epoch;
  json["last"] = scores_json(results.last);
  json["best"] = best_epoch ? scores_json(results.best) : Json(nullptr);
  json["best_epoch"] = best_epoch ? Json(*best_epoch) : Json(nullptr);
  task_->add_metrics(json, results, trainer_->state());
  if (!results.trouble.empty()) json["incomplete"] = results.trouble;
  write_json(paths_.metrics(), json);
}

void TrainingRun::write_page(const RunResults& results, bool whole) {
  report::RunReport page = run_page(settings_, manifest_, trainer_->state(), results);
  task_->fill_page(page, results, trainer_->state(), whole ? &network_->model : nullptr);
  report::write_run_report(paths_.folder, page);
}

bool TrainingRun::is_finished() const {
  if (!checkpoint_ || trainer_->state().position.epoch < settings_.optim.schedule.epochs) return false;
  const Json manifest = read_json_if_any(paths_.manifest());
  const auto code = manifest.find("exit_code");
  std::error_code ignored;
  // The manifest's last word comes after the results; a run that was killed before it still has to make them.
  return code != manifest.end() && *code == 0 && std::filesystem::exists(paths_.metrics(), ignored);
}

void TrainingRun::print_finished(Progress& progress) const {
  const TrainingState& state = trainer_->state();
  const std::string line = "the run in " + paths_.folder.string() + " has finished its " +
                           std::to_string(state.history.size()) + " epochs" +
                           (epochs_asked_ < settings_.optim.schedule.epochs
                                ? ", which are more than --epochs " + std::to_string(epochs_asked_)
                                : std::string());
  const Json metrics = read_json_if_any(paths_.metrics());
  if (settings_.run.json) {
    progress.say("notice: " + line);
    const Json result = result_json(metrics.value("last", Json()), metrics.value("best", Json()));
    *context_.out << result.dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
    return;
  }
  *context_.out << line << "\nresults: " << paths_.metrics() << ", report: " << (paths_.folder / "report.html").string()
                << std::endl;
}

Json TrainingRun::result_json(const Json& last, const Json& best) const {
  const TrainingState& state = trainer_->state();
  Json json = {{"run", paths_.folder.string()}, {"last", last}, {"best", best}};
  json["best_epoch"] = state.best_epoch ? Json(*state.best_epoch) : Json(nullptr);
  if (state.best_epoch) put_number(json, "best_val_loss", state.best_val_loss);
  json["epochs"] = state.history.size();
  json["seconds"] = seconds_of(state);
  json["parameters"] = {{"complex_once", manifest_.parameters.logged}, {"complex_twice", manifest_.parameters.real}};
  return json;
}

void TrainingRun::print_results(const RunResults& results) const {
  std::ostream& out = *context_.out;
  const TrainingState& state = trainer_->state();
  if (settings_.run.json) {
    Json json = result_json(scores_json(results.last), state.best_epoch ? scores_json(results.best) : Json(nullptr));
    if (!results.trouble.empty()) json["incomplete"] = results.trouble;
    out << json.dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
    return;
  }
  const auto row = [&](const std::string& name, const std::string& last, const std::string& best) {
    out << std::left << std::setw(22) << name << std::right << std::setw(12) << last << std::setw(12) << best << "\n";
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
  out << "\nparameters " << manifest_.parameters.real << " (complex counted once: " << manifest_.parameters.logged
      << "), " << duration_text(seconds_of(state)) << ", report: " << (paths_.folder / "report.html").string()
      << std::endl;
}

}  // namespace fno::training
