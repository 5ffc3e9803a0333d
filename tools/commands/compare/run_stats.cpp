#include "tools/commands/compare/run_stats.h"

#include <algorithm>
#include <cmath>

#include "framework/error.h"
#include "tools/files/safetensors.h"
#include "tools/training/json_fields.h"
#include "tools/training/run_directory.h"

namespace fno::compare {
namespace {

using training::RunRecord, training::put_number;

bool is_nan(const std::optional<double>& value) { return value && std::isnan(*value); }

void put_gradients(Json& object, const RunRecord& run) {
  std::vector<double> norms;
  for (const training::EpochRecord& r : run.history)
    if (r.grad_norm) norms.push_back(*r.grad_norm);
  if (norms.empty()) return;
  double sum = 0;
  for (const double v : norms) sum += v;
  const auto [least, greatest] = std::ranges::minmax(norms);
  put_number(object, "grad_norm_mean", sum / static_cast<double>(norms.size()));
  put_number(object, "grad_norm_max", greatest);
  put_number(object, "grad_norm_min", least);
}

// Mean, std and greatest magnitude of a tensor.
Json spread_of(const std::vector<float>& values, double& mean) {
  const auto n = static_cast<double>(values.size());
  double greatest = 0, sum = 0, squares = 0;
  for (const float v : values) {
    sum += v;
    greatest = std::max(greatest, std::abs(static_cast<double>(v)));
  }
  mean = sum / n;
  for (const float v : values) squares += (v - mean) * (v - mean);
  Json object = Json::object();
  put_number(object, "mean", mean);
  put_number(object, "std", std::sqrt(squares / n));
  put_number(object, "abs_max", greatest);
  return object;
}

}  // namespace

Json norm_weights_json(const RunRecord& run) {
  const std::string path = training::RunPaths(run.folder).model();
  Json weights = Json::object();
  bool near_zero = true;
  try {
    for (const NamedArray& tensor : read_safetensors(path).arrays) {
      if (tensor.name.find("norm.weight") == std::string::npos) continue;
      double mean = 0;
      weights[tensor.name] = spread_of(tensor.array.to_floats(path + ": array '" + tensor.name + "'"), mean);
      near_zero = near_zero && std::abs(mean) < 0.1;
    }
  } catch (const Error& e) {
    return {{"model_load_error", e.what()}};
  }
  return {{"norm_weight_near_zero", weights.empty() ? Json(nullptr) : Json(near_zero)}, {"norm_weights", weights}};
}

Json stats_json(const RunRecord& run, const std::vector<training::Score>& scores) {
  Json object = Json::object();
  if (!run.error.empty()) object["error"] = run.error;
  bool has_nan = run.exit_code == static_cast<int>(ErrorKind::numeric);
  std::size_t validated = 0;
  for (const training::EpochRecord& r : run.history) {
    has_nan = has_nan || std::isnan(r.train_loss) || is_nan(r.val_loss);
    validated += r.val_loss ? 1 : 0;
  }
  put_number(object, "val_loss_best", run.best_val_loss());
  put_number(object, "val_loss_final", run.final_val_loss());
  put_number(object, "train_loss_final",
             run.history.empty() ? std::nullopt : std::optional(run.history.back().train_loss));
  object["has_nan"] = has_nan;
  object["n_epochs"] = validated;
  put_gradients(object, run);
  for (const training::Score& score : scores) put_number(object, score.name, score.value);
  object.update(norm_weights_json(run));
  return object;
}

}  // namespace fno::compare
