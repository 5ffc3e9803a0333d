#include "tools/train/operator_run.h"

#include <iomanip>
#include <new>
#include <nlohmann/json.hpp>

#include "framework/io/atomic_file.h"
#include "tools/config/resolve.h"
#include "tools/config/toml_file.h"
#include "tools/config/validate.h"
#include "tools/device.h"
#include "tools/report/text.h"
#include "tools/train/model_file.h"
#include "tools/train/stop_signal.h"

namespace fno::train {
namespace {

constexpr int kSignalExit = 128;
constexpr std::int64_t kPictures = 3;

std::uint64_t seed_of(const config::Settings& settings) { return static_cast<std::uint64_t>(settings.run.seed); }

double seconds_of(const TrainingState& state) {
  double seconds = state.position.seconds;
  for (const EpochRecord& r : state.history) seconds += r.seconds;
  return seconds;
}

}  // namespace

OperatorRun::OperatorRun(const config::Settings& settings, const RunContext& context)
    : settings_(settings),
      context_(context),
      device_(open_device(settings.run.device, settings.run.threads, [&](const std::string& line) { notice_ = line; })),
      paths_(settings.run.output_dir) {
  check_run_directory(paths_.folder, settings_.run.force);
  data_ = read_operator_data(settings_.run.data);
  config::check_against_data(settings_, data_.grid);
  if (settings_.run.test_data) {
    test_ = read_operator_data(*settings_.run.test_data);
    require_channels(*test_, data_.inputs, data_.outputs, data_.dims(), settings_.run.data);
    config::check_modes(settings_, test_->grid, "test grid");
  }
  split_ = split_samples(data_.samples, settings_.train.validation_fraction);

  description_ = describe_model(settings_, data_, split_.training);
  network_ = std::make_unique<BuiltModel>(description_, device_, seed_of(settings_));
  try_model(network_->model, data_, device_);
  if (test_) try_model(network_->model, *test_, device_);

  optimizer_ = std::make_unique<Optimizer>(network_->store.parameters(), optimizer_settings(settings_));
  schedule_ = std::make_unique<Schedule>(schedule_settings(settings_));
  clip_ = std::make_unique<GradientClip>(clip_settings(settings_));
  loader_ = std::make_unique<Loader>(data_, split_.training, settings_.optim.batch_size, seed_of(settings_), device_);
  if (split_.validation > 0)
    validation_ =
        std::make_unique<Sweep>(data_, split_.training, data_.samples, settings_.train.infer_batch_size, device_);
  trainer_ = std::make_unique<Trainer>(
      TrainerParts{network_->model, *optimizer_, *schedule_, *clip_, *loader_, validation_.get()},
      TrainerOptions{.epochs = static_cast<int>(settings_.optim.epochs),
                     .loss = loss_function(settings_.train.loss),
                     .log_grad_norm = settings_.train.log_grad_norm,
                     .grad_norm_log_freq = settings_.train.grad_norm_log_freq,
                     .skip_bad_steps = settings_.train.skip_bad_steps});

  manifest_.arguments = context.arguments;
  manifest_.device = device_.name();
  manifest_.threads = cpu_threads(settings_.run.threads);
  manifest_.data.push_back(data_file("training", data_));
  if (test_) manifest_.data.push_back(data_file("test", *test_));
  manifest_.seed = seed_of(settings_);
  manifest_.parameters = network_->store.count();
}

void OperatorRun::write_manifest() { write_json(paths_.manifest(), manifest_json(manifest_)); }

int OperatorRun::execute() {
  Progress progress(*context_.log, progress_style(settings_.run.quiet, settings_.run.json, context_.log_is_terminal),
                    static_cast<int>(settings_.optim.epochs));
  for (const std::string& line : config::idle_requests(settings_)) progress.say("notice: " + line);
  manifest_.start = utc_now();
  claim_run_directory(paths_, settings_.run.force);
  if (!notice_.empty()) progress.say("notice: " + notice_);
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

int OperatorRun::train_and_write(Progress& progress) {
  Checkpoint checkpoint{.model = description_,
                        .settings = config::to_toml(settings_),
                        .seed = seed_of(settings_),
                        .infer_batch_size = settings_.train.infer_batch_size,
                        .weights = {},
                        .first = {},
                        .second = {},
                        .training = {}};
  const LiveParts live{*optimizer_, *schedule_, *clip_, network_->store, *loader_, data_};
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
  write_model_file(paths_.model(), network_->store, description_, checkpoint.settings);
  manifest_.end = utc_now();
  if (code == 0) measure_test_data(results);
  write_results(results);
  write_page(results, code == 0);
  print_results(results);
  return code;
}

void OperatorRun::measure_test_data(RunResults& results) {
  if (!test_) return;
  const std::int64_t batch = settings_.train.infer_batch_size;
  results.last = measure(network_->model, *test_, batch, device_);
  if (test_->grid == data_.grid)
    results.baseline = measure(MeanField(data_, split_.training, device_), *test_, batch, device_).relative_l2;
  if (!trainer_->state().best_epoch) return;
  BuiltModel best(description_, device_, seed_of(settings_));
  restore_weights(read_checkpoint(paths_.best()), best.store, paths_.best());
  results.best = measure(best.model, *test_, batch, device_);
}

void OperatorRun::write_results(const RunResults& results) {
  Json json = Json::object();
  const std::optional<int>& best_epoch = trainer_->state().best_epoch;
  json["last"] = metrics_json(results.last);
  json["best"] = best_epoch ? metrics_json(results.best) : Json(nullptr);
  json["best_epoch"] = best_epoch ? Json(*best_epoch) : Json(nullptr);
  if (results.baseline) put_number(json, "baseline_relative_l2", *results.baseline);
  if (!results.trouble.empty()) json["incomplete"] = results.trouble;
  write_json(paths_.metrics(), json);
}

void OperatorRun::write_page(const RunResults& results, bool with_pictures) {
  std::vector<report::Sample> samples;
  if (with_pictures && test_) samples = sample_pictures(network_->model, *test_, 0, kPictures, device_);
  if (with_pictures && !test_ && split_.validation > 0)
    samples = sample_pictures(network_->model, data_, split_.training, kPictures, device_);
  report::write_run_report(paths_.folder,
                           run_page(settings_, manifest_, trainer_->state(), results, std::move(samples)));
}

void OperatorRun::print_results(const RunResults& results) const {
  std::ostream& out = *context_.out;
  const TrainingState& state = trainer_->state();
  if (settings_.run.json) {
    Json json = {{"run", paths_.folder.string()}, {"last", metrics_json(results.last)}};
    json["best"] = state.best_epoch ? metrics_json(results.best) : Json(nullptr);
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
  const auto number = [](const std::optional<TestMetrics>& m, double TestMetrics::*member) {
    return m ? report::format_number((*m).*member) : std::string("-");
  };
  row("", "last", "best");
  if (results.last) {
    row("test relative L2", number(results.last, &TestMetrics::relative_l2),
        number(results.best, &TestMetrics::relative_l2));
    row("test relative H1", number(results.last, &TestMetrics::relative_h1),
        number(results.best, &TestMetrics::relative_h1));
  }
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
