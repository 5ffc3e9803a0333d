#include "tools/train/training_run.h"

#include <algorithm>
#include <iomanip>
#include <new>
#include <nlohmann/json.hpp>

#include "framework/io/atomic_file.h"
#include "tools/config/resolve.h"
#include "tools/config/setting_table.h"
#include "tools/config/toml_file.h"
#include "tools/device.h"
#include "tools/report/text.h"
#include "tools/train/model_file.h"
#include "tools/train/run_page.h"
#include "tools/train/setup.h"
#include "tools/train/stop_signal.h"

namespace fno::train {
namespace {

constexpr int kSignalExit = 128;

std::uint64_t seed_of(const config::Settings& settings) { return static_cast<std::uint64_t>(settings.run.seed); }

double seconds_of(const TrainingState& state) {
  double seconds = state.position.seconds;
  for (const EpochRecord& r : state.history) seconds += r.seconds;
  return seconds;
}

}  // namespace

TrainingRun::TrainingRun(const config::Settings& settings, const RunContext& context)
    : settings_(settings),
      context_(context),
      device_(open_device(settings.run.device, settings.run.threads,
                          [&](const std::string& line) { notices_.push_back(line); })),
      paths_(settings.run.output_dir) {
  check_run_directory(paths_.folder, settings_.run.force || settings_.run.resume);
  if (settings_.run.resume) find_checkpoint();
  task_ = make_task(settings_, device_);
  const std::uint64_t seed = seed_of(settings_);
  network_ = std::make_unique<BuiltModel>(task_->model(), device_, seed);
  task_->check(network_->model, [&](const std::string& line) { notices_.push_back(line); });

  optimizer_ = std::make_unique<Optimizer>(network_->store.parameters(), optimizer_settings(settings_));
  schedule_ = std::make_unique<Schedule>(schedule_settings(settings_));
  clip_ = std::make_unique<GradientClip>(clip_settings(settings_));
  loader_ =
      std::make_unique<Loader>(task_->source(), task_->training_samples(), settings_.optim.batch_size,
                               static_cast<std::uint64_t>(settings_.train.loader_seed.value_or(settings_.run.seed)),
                               device_, settings_.train.short_last_batch == config::ShortLastBatch::drop);
  validation_ = task_->validation(network_->model);
  trainer_ = std::make_unique<Trainer>(
      TrainerParts{network_->model, *optimizer_, *schedule_, *clip_, *loader_, validation_.get()},
      TrainerOptions{.epochs = static_cast<int>(settings_.optim.epochs),
                     .loss = task_->loss(),
                     .log_grad_norm = settings_.train.log_grad_norm,
                     .grad_norm_log_freq = settings_.train.grad_norm_log_freq,
                     .skip_bad_steps = settings_.train.skip_bad_steps});

  if (checkpoint_) go_on_from_checkpoint();

  manifest_.arguments = context.arguments;
  manifest_.device = device_.name();
  manifest_.threads = cpu_threads(settings_.run.threads);
  manifest_.data = task_->data_files();
  manifest_.seed = seed;
  manifest_.loader_seed = loader_->seed();
  manifest_.parameters = network_->store.count();
}

void TrainingRun::find_checkpoint() {
  std::error_code ignored;
  if (!std::filesystem::exists(paths_.last(), ignored)) {
    notices_.push_back("--resume: found no checkpoint in " + paths_.folder.string() +
                       ", the run starts from the beginning");
    return;
  }
  checkpoint_ = read_checkpoint(paths_.last());
  const config::Settings stored = config::load_settings_text(checkpoint_->settings, paths_.last());
  // Defaults that hang on the number of epochs or on the data stay what they were.
  for (const auto& row : config::setting_rows(settings_.run.task))
    if (row.depends_on_run && !settings_.given(row.key)) row.set(settings_, row.get(stored));
  const std::string conflict = config::resume_conflict(stored, settings_);
  require<ErrorKind::config>(conflict.empty(), conflict);
}

void TrainingRun::go_on_from_checkpoint() {
  // A file of the same name may hold other data by now.
  const Json before = read_json_if_any(paths_.manifest()).value("data", Json::array());
  const std::vector<Manifest::DataFile> files = task_->data_files();
  for (std::size_t i = 0; i < std::min(files.size(), before.size()); ++i) {
    const std::string hash = before.at(i).value("sha256", files[i].sha256);
    require<ErrorKind::config>(hash == files[i].sha256, "run.data: found ", files[i].path, " with SHA-256 ",
                               files[i].sha256, ", the stored run has ", hash);
  }
  restore_weights(*checkpoint_, network_->store, paths_.last());
  restore_training(*checkpoint_, *optimizer_, *schedule_, *trainer_);
}

void TrainingRun::write_manifest() { write_json(paths_.manifest(), manifest_json(manifest_)); }

int TrainingRun::execute() {
  Progress progress(*context_.log, progress_style(settings_.run.quiet, settings_.run.json, context_.log_is_terminal),
                    static_cast<int>(settings_.optim.epochs));
  for (const std::string& line : config::idle_requests(settings_)) progress.say("notice: " + line);
  manifest_.start = utc_now();
  if (checkpoint_ && trainer_->state().position.epoch >= settings_.optim.epochs) {
    progress.say("notice: the run in " + paths_.folder.string() + " has finished its " +
                 std::to_string(settings_.optim.epochs) + " epochs");
    return 0;
  }
  // A directory without a checkpoint holds nothing that a run could go on from.
  if (!checkpoint_) claim_run_directory(paths_, settings_.run.force || settings_.run.resume);
  if (checkpoint_) manifest_.resumed_from_step = trainer_->state().position.step;
  for (const std::string& line : notices_) progress.say("notice: " + line);
  const auto end = [this](int code, const std::string& error) {
    manifest_.end = utc_now();
    manifest_.exit_code = code;
    manifest_.error = error;
  };
  try {
    write_manifest();
    write_file_atomic(paths_.config(), config::to_toml(settings_));
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
      write_results({.trouble = e.what()});
      write_page({.trouble = e.what()}, false);
    } catch (const std::exception&) {
    }
    throw;
  }
}

int TrainingRun::train_and_write(Progress& progress) {
  Checkpoint checkpoint{.model = task_->model(),
                        .settings = config::to_toml(settings_),
                        .seed = seed_of(settings_),
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
    progress.say(results.trouble + "; checkpoint: " + paths_.last());
  }
  write_model_file(paths_.model(), network_->store, task_->model(), checkpoint.settings);
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

void TrainingRun::write_results(const RunResults& results) {
  const auto json_of = [](const std::optional<Measured>& m) { return m ? m->json : Json{{"test", nullptr}}; };
  Json json = Json::object();
  const std::optional<int>& best_epoch = trainer_->state().best_epoch;
  json["last"] = json_of(results.last);
  json["best"] = best_epoch ? json_of(results.best) : Json(nullptr);
  json["best_epoch"] = best_epoch ? Json(*best_epoch) : Json(nullptr);
  task_->add_metrics(json, trainer_->state());
  if (!results.trouble.empty()) json["incomplete"] = results.trouble;
  write_json(paths_.metrics(), json);
}

void TrainingRun::write_page(const RunResults& results, bool whole) {
  report::RunReport page = run_page(settings_, manifest_, trainer_->state(), results);
  task_->fill_page(page, results, trainer_->state(), whole ? &network_->model : nullptr);
  report::write_run_report(paths_.folder, page);
}

void TrainingRun::print_results(const RunResults& results) const {
  std::ostream& out = *context_.out;
  const TrainingState& state = trainer_->state();
  const auto json_of = [](const std::optional<Measured>& m) { return m ? m->json : Json{{"test", nullptr}}; };
  if (settings_.run.json) {
    Json json = {{"run", paths_.folder.string()}, {"last", json_of(results.last)}};
    json["best"] = state.best_epoch ? json_of(results.best) : Json(nullptr);
    json["best_epoch"] = state.best_epoch ? Json(*state.best_epoch) : Json(nullptr);
    if (state.best_epoch) put_number(json, "best_val_loss", state.best_val_loss);
    json["epochs"] = state.history.size();
    json["seconds"] = seconds_of(state);
    json["parameters"] = {{"complex_once", manifest_.parameters.logged}, {"complex_twice", manifest_.parameters.real}};
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

}  // namespace fno::train
