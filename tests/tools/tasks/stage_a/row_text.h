#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace fno::stage_a {

/// A line of runs.jsonl as a study writes it, by hand.
inline nlohmann::ordered_json row_json(const std::string& cell, int seed, const std::string& label,
                                       const std::string& change = "", const std::string& part = "cells",
                                       int loader_seed = -1) {
  const bool healthy = label == "healthy";
  return {{"part", part},
          {"cell", cell},
          {"change", change},
          {"factor", change.empty() ? "" : "rate"},
          {"weight_seed", seed},
          {"loader_seed", loader_seed < 0 ? seed : loader_seed},
          {"architecture", cell.substr(0, cell.find('-'))},
          {"grad_clip", cell.find("noclip") == std::string::npos ? 1.0 : 0.0},
          {"probe_gain", cell.find("batch") == std::string::npos ? "fixed:16" : "batch"},
          {"scheduler", "Default"},
          {"schedule_mode", "stepped"},
          {"rates", {1e-2, 1e-2, 1e-2, 1e-2}},
          {"train_loss", {0.2, 0.05, 0.06, seed / 1000.0}},
          {"label", label},
          {"rule", healthy ? "none" : "flat_object"},
          {"collapse_epoch", healthy ? 0 : 2},
          {"first_epoch", healthy ? 0 : 2},
          {"last_epoch", 4},
          {"best_val_loss", 0.05},
          {"final_val_loss", healthy ? 0.06 : 0.18},
          {"amp_ssim_last", healthy ? 0.6 : 0.277},
          {"amp_mae_last", 0.2},
          {"amp_ssim_best", 0.6},
          {"val_loss", {0.2, 0.05, 0.06, healthy ? 0.06 : 0.18}},
          {"amp_std_over_mean", {0.1, 0.1, 0.1, healthy ? 0.1 : 0.0}},
          {"seconds", 60},
          {"data_sha256", "00112233445566778899"},
          {"git_commit", "0123456789abcdef"},
          {"git_dirty", false},
          {"echo", "ok"}};
}

}  // namespace fno::stage_a
