// fno compare from its words to its files: what reaches the live run, what is left behind, what is refused.
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "tests/tools/commands/compare/compare_support.h"
#include "tests/tools/report/markup_checker.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/figures.h"
#include "tools/tasks/ptychography/image_metrics.h"
#include "tools/tasks/ptychography/recon.h"

namespace fno::compare {
namespace {

namespace fs = std::filesystem;
using test::throws_error;

class Compare : public InFolder {};

// Specification, section 10.1 item 3 with 2b and 3b: what was asked for is what the live objects use.
TEST_F(Compare, TorchFlagsReachTheLiveRun) {
  const std::string out = path("out");
  const Outcome done = run_words(compare_words(out, "stable_hybrid",
                                               {"--torch-scheduler",
                                                "WarmupCosine",
                                                "--torch-lr-warmup-epochs",
                                                "5",
                                                "--torch-lr-min-ratio",
                                                "0.05",
                                                "--torch-learning-rate",
                                                "5e-4",
                                                "--torch-epochs",
                                                "6",
                                                "--torch-optimizer",
                                                "adamw",
                                                "--torch-weight-decay",
                                                "0.01",
                                                "--torch-beta1",
                                                "0.8",
                                                "--torch-beta2",
                                                "0.99",
                                                "--torch-grad-clip",
                                                "0.5",
                                                "--torch-grad-clip-algorithm",
                                                "agc",
                                                "--seed",
                                                "7",
                                                "--torch-max-hidden-channels",
                                                "6",
                                                "--torch-batch-size",
                                                "8",
                                                "--torch-layerscale-init",
                                                "0.1"}));
  EXPECT_EQ(done.code, 0) << done.err;
  const std::string run = out + "/runs/pinn_stable_hybrid";
  const Json live = json_of_file(run + "/effective.json");
  const Json& first = live["at_first_step"];
  EXPECT_EQ(first["optimizer"]["class"], "adamw");
  EXPECT_EQ(first["optimizer"]["weight_decay"], 0.01);
  EXPECT_EQ(first["optimizer"]["beta1"], 0.8);
  EXPECT_EQ(first["optimizer"]["beta2"], 0.99);
  EXPECT_EQ(first["schedule"]["class"], "WarmupCosine");
  EXPECT_EQ(first["schedule"]["warmup_epochs"], 5);
  EXPECT_EQ(first["schedule"]["min_ratio"], 0.05);
  EXPECT_EQ(first["clip"]["rule"], "agc");
  EXPECT_EQ(first["clip"]["value"], 0.5);
  EXPECT_EQ(first["model"]["widest"], 6);
  EXPECT_EQ(first["loader"]["seed"], 7);
  EXPECT_EQ(first["loader"]["batch_size"], 8);
  // The rate that the optimiser holds in every step: 0.1, 0.28, 0.46, 0.64, 0.82 and 1 times the base.
  const std::vector<double> factors{0.1, 0.28, 0.46, 0.64, 0.82, 1};
  const std::vector<Json> steps = training::json_lines(run + "/metrics.jsonl");
  ASSERT_FALSE(steps.empty());
  std::set<std::size_t> epochs;
  for (const Json& step : steps) {
    const auto epoch = step["epoch"].get<std::size_t>();
    epochs.insert(epoch);
    EXPECT_NEAR(step["learning_rate"].get<double>(), 5e-4 * factors.at(epoch), 1e-12);
    EXPECT_TRUE(step.contains("grad_norm")) << "compare logs the norms unless told otherwise";
  }
  EXPECT_EQ(epochs.size(), 6U);
}

TEST_F(Compare, NormsAreNotLoggedWhereThatWasSaid) {
  (void)run_words(compare_words(path("out"), "hybrid", {"--set", "train.log_grad_norm=false"}));
  EXPECT_FALSE(training::json_lines(path("out/runs/pinn_hybrid/metrics.jsonl")).front().contains("grad_norm"));
}

// Sections 6.4, 6.5 and 10.1 item 7.
TEST_F(Compare, LeavesEveryArtifactAndTheyAgree) {
  const std::string out = path("out");
  fs::create_directories(out);
  std::ofstream(out + "/metrics.json") << R"({"baseline": {"ssim": [0.5, 0.5]}, "pinn_hybrid": {"ssim": [9, 9]}})";
  const Outcome done = run_words(compare_words(out, "hybrid,stable_hybrid"));
  ASSERT_EQ(done.code, 0) << done.err;
  for (const char* file :
       {"datasets/N16/gs1/train.npz", "datasets/N16/gs1/test.npz", "recons/gt/recon.npz", "metrics.json",
        "stage_a_metrics.json", "stage_a_summary.md", "crash_hunt_summary.json", "report.html", "invocation.json",
        "invocation.sh", "visuals/compare_amp_phase.png", "visuals/amp_phase_gt.png", "visuals/frc_curves.png",
        "visuals/val_loss.svg", "visuals/gradient_norm.svg", "visuals/learning_rate.svg"})
    EXPECT_TRUE(fs::is_regular_file(out + "/" + file)) << file;

  const ptychography::PtychoData data = ptychography::read_dataset(out + "/datasets/N16/gs1/test.npz");
  const ptychography::ComplexImage truth = ptychography::read_recon(out + "/recons/gt/recon.npz");
  EXPECT_EQ(truth.values, ptychography::ground_truth(data).values);
  const Json merged = json_of_file(out + "/metrics.json");
  EXPECT_EQ(merged["baseline"]["ssim"][0], 0.5);
  const Json rows = json_of_file(out + "/stage_a_metrics.json");
  const Json hunt = json_of_file(out + "/crash_hunt_summary.json")["runs"];
  ASSERT_EQ(rows.size(), 2U);
  ASSERT_EQ(hunt.size(), 2U);
  EXPECT_LE(rows[0]["best_val_loss"], rows[1]["best_val_loss"]);
  const std::string page = text_of_file(out + "/report.html"), summary = text_of_file(out + "/stage_a_summary.md");
  EXPECT_EQ(report::test::markup_fault(page, {"meta", "img", "br"}), "");

  for (const std::string label : {"pinn_hybrid", "pinn_stable_hybrid"}) {
    const std::string run = out + "/runs/" + label;
    for (const char* file :
         {"invocation.json", "invocation.sh", "randomness_contract.json", "stats.json", "report.html"})
      EXPECT_TRUE(fs::is_regular_file(run + "/" + file)) << label << " " << file;
    EXPECT_TRUE(fs::is_regular_file(out + "/visuals/amp_phase_" + label + ".png"));
    EXPECT_TRUE(fs::is_regular_file(out + "/visuals/amp_phase_error_" + label + ".png"));
    const Json own = json_of_file(run + "/metrics.json"), history = json_of_file(run + "/history.json");
    EXPECT_EQ(merged[label], own["last"]);
    // The image that was kept scores what the tables say.
    const auto scored = ptychography::score(truth, ptychography::read_recon(out + "/recons/" + label + "/recon.npz"));
    EXPECT_NEAR(merged[label]["ssim"][0].get<double>(), scored.ssim.amplitude, 1e-12);
    EXPECT_NEAR(merged[label]["mae"][0].get<double>(), scored.mae.amplitude, 1e-12);

    const Json stats = json_of_file(run + "/stats.json");
    EXPECT_EQ(stats["n_epochs"], 2);
    EXPECT_EQ(stats["has_nan"], false);
    EXPECT_EQ(stats["val_loss_final"], history["val_loss"].back());
    EXPECT_EQ(stats["train_loss_final"], history["train_loss"].back());
    EXPECT_EQ(stats["val_loss_best"].get<double>(),
              std::min(history["val_loss"][0].get<double>(), history["val_loss"][1].get<double>()));
    EXPECT_EQ(stats["grad_norm_max"].get<double>(),
              std::max(history["grad_norm"][0].get<double>(), history["grad_norm"][1].get<double>()));
    EXPECT_EQ(stats["amp_ssim"], own["last"]["ssim"][0]);
    EXPECT_EQ(stats["norm_weights"].empty(), label == "pinn_hybrid") << "hybrid has no norm";

    const Json invocation = json_of_file(run + "/invocation.json");
    EXPECT_EQ(invocation["status"], "completed");
    EXPECT_EQ(invocation["exit_code"], 0);
    EXPECT_EQ(invocation["extra"]["invocation_mode"], "in_process");
    EXPECT_NE(page.find("href=\"./runs/" + label + "/report.html\""), std::string::npos);
    EXPECT_NE(page.find(label), std::string::npos);
    EXPECT_NE(summary.find(label), std::string::npos);
    EXPECT_NE(done.out.find(label), std::string::npos);
  }
  EXPECT_LT(ptychography::figure_place("pinn_hybrid"), ptychography::figure_place("pinn_stable_hybrid"));
  for (const char* part : {"Validation loss", "Training loss", "Learning rate", "Gradient norm", "Fourier ring",
                           "constant object", "zero phase", "Settings that differ"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  EXPECT_NE(summary.find("substitute"), std::string::npos) << "the probe is not the measured one";
  const Json typed = json_of_file(out + "/invocation.json");
  EXPECT_EQ(typed["status"], "completed");
  EXPECT_EQ(typed["argv"][1], "compare");
  EXPECT_FALSE(typed.contains("environment"));
}

TEST_F(Compare, KeepsFinishedRunsAndRefusesOtherSettings) {
  const std::string out = path("out"), model = out + "/runs/pinn_hybrid/model.safetensors";
  ASSERT_EQ(run_words(compare_words(out, "hybrid")).code, 0);
  const auto written = fs::last_write_time(model);
  // Threads, quiet and logging may differ; a further arm joins.
  const Outcome again = run_words(compare_words(out, "hybrid,fno", {"--set", "train.log_grad_norm=false"}));
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(fs::last_write_time(model), written);
  EXPECT_NE(again.err.find("pinn_hybrid stands there"), std::string::npos);
  EXPECT_TRUE(json_of_file(out + "/metrics.json").contains("pinn_fno"));

  EXPECT_TRUE(throws_error(ErrorKind::config, "optim.learning_rate: found 0.01, the run there has 0.001", [&] {
    (void)run_words(compare_words(out, "cnn,hybrid", {"--learning-rate", "0.01"}));
  }));
  EXPECT_FALSE(fs::exists(out + "/runs/pinn_cnn")) << "refused before anything is trained";
  const Outcome forced = run_words(compare_words(out, "hybrid", {"--learning-rate", "0.01", "--force"}));
  EXPECT_EQ(forced.code, 0);
  EXPECT_NE(fs::last_write_time(model), written);
}

TEST_F(Compare, BeginsAnUnfinishedRunAgain) {
  const std::string out = path("out"), manifest = out + "/runs/pinn_hybrid/manifest.json";
  ASSERT_EQ(run_words(compare_words(out, "hybrid")).code, 0);
  Json json = json_of_file(manifest);
  json["exit_code"] = nullptr;
  std::ofstream(manifest) << json;
  const Outcome again = run_words(compare_words(out, "hybrid"));
  EXPECT_EQ(again.code, 0);
  EXPECT_NE(again.err.find("begun again"), std::string::npos);
  EXPECT_EQ(json_of_file(manifest)["exit_code"], 0);
}

// A run that was stopped half-way and gone on with has the weights of one that was not stopped.
TEST_F(Compare, ResumeGoesOnFromTheCheckpoint) {
  const std::string whole = path("whole"), out = path("out"), run = out + "/runs/pinn_hybrid";
  const Words epochs{"--epochs", "40"};
  const auto with = [&](const Words& more) {
    Words words = epochs;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  ASSERT_EQ(run_words(compare_words(whole, "hybrid", epochs)).code, 0);
  std::thread stopper([&] {
    for (int i = 0; i < 20000 && !fs::exists(run + "/checkpoints/last.ckpt"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ::kill(::getpid(), SIGINT);
  });
  EXPECT_EQ(run_words(compare_words(out, "hybrid,fno", epochs)).code, 130);
  stopper.join();
  ASSERT_EQ(json_of_file(run + "/manifest.json")["exit_code"], 130);
  const Outcome done = run_words(compare_words(out, "hybrid,fno", with({"--torch-resume"})));
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.err.find("goes on from its checkpoint"), std::string::npos) << done.err;
  EXPECT_GT(json_of_file(run + "/manifest.json")["resumed_from_step"], 0);
  EXPECT_EQ(json_of_file(run + "/history.json")["train_loss"],
            json_of_file(whole + "/runs/pinn_hybrid/history.json")["train_loss"]);
  EXPECT_EQ(json_of_file(out + "/metrics.json")["pinn_hybrid"], json_of_file(whole + "/metrics.json")["pinn_hybrid"]);
  EXPECT_FALSE(json_of_file(out + "/runs/pinn_fno/manifest.json").contains("resumed_from_step"));
  // Finished arms are kept.
  const auto written = fs::last_write_time(run + "/model.safetensors");
  EXPECT_EQ(run_words(compare_words(out, "hybrid", with({"--resume"}))).code, 0);
  EXPECT_EQ(fs::last_write_time(run + "/model.safetensors"), written);
}

TEST_F(Compare, ResumeOfARunThatLacksOnlyItsResults) {
  const std::string out = path("out"), manifest = out + "/runs/pinn_hybrid/manifest.json";
  ASSERT_EQ(run_words(compare_words(out, "hybrid")).code, 0);
  Json json = json_of_file(manifest);
  json["exit_code"] = nullptr;
  std::ofstream(manifest) << json;
  fs::remove(out + "/runs/pinn_hybrid/metrics.json");
  EXPECT_EQ(run_words(compare_words(out, "hybrid", {"--resume"})).code, 0);
  EXPECT_EQ(json_of_file(manifest)["exit_code"], 0);
  EXPECT_TRUE(json_of_file(out + "/metrics.json")["pinn_hybrid"]["ssim"][0].is_number());
}

TEST_F(Compare, ForceAndResumeUnderEitherName) {
  const std::string out = path("out"), model = out + "/runs/pinn_hybrid/model.safetensors";
  ASSERT_EQ(run_words(compare_words(out, "hybrid")).code, 0);
  const auto written = fs::last_write_time(model);
  EXPECT_EQ(run_words(compare_words(out, "hybrid", {"--torch-force"})).code, 0);
  EXPECT_NE(fs::last_write_time(model), written);
  EXPECT_TRUE(throws_error(ErrorKind::config, "--resume: found --force beside it", [&] {
    (void)run_words(compare_words(out, "hybrid", {"--resume", "--force"}));
  }));
}

// What the contract says of threads and devices is what happens.
TEST_F(Compare, AnyNumberOfThreadsGivesTheSameBits) {
  Words two = compare_words(path("two"), "hybrid");
  *(std::ranges::find(two, "--threads") + 1) = "2";
  ASSERT_EQ(run_words(two).code, 0);
  ASSERT_EQ(run_words(compare_words(path("one"), "hybrid")).code, 0);
  EXPECT_EQ(json_of_file(path("two/metrics.json")), json_of_file(path("one/metrics.json")));
  const std::string note = json_of_file(path("one/runs/pinn_hybrid/randomness_contract.json"))["note"];
  EXPECT_NE(note.find("any number of CPU threads"), std::string::npos) << note;
  EXPECT_NE(note.find("another device or --cpu-isa gives other bits"), std::string::npos) << note;
}

TEST_F(Compare, RefusesAnotherDataSet) {
  const std::string out = path("out");
  ASSERT_EQ(run_words(compare_words(out, "hybrid")).code, 0);
  const Words elsewhere{"--data-dir", out + "/datasets/N16/gs1", "--nphotons", "1e6"};
  EXPECT_TRUE(throws_error(ErrorKind::config, "nphotons",
                           [&] { (void)run_words(compare_words(path("other"), "hybrid", elsewhere)); }));
  EXPECT_FALSE(fs::exists(path("other")));
  // The same settings, but a run on other data.
  EXPECT_TRUE(throws_error(ErrorKind::config, "a run on other data", [&] {
    (void)run_words(compare_words(out, "hybrid", {"--data-dir", path("new_data"), "--nphotons", "1e6"}));
  }));
}

TEST_F(Compare, OneArmThatFailsDoesNotStopTheOthers) {
  const std::string out = path("out");
  const Words absurd{"--learning-rate", "1e30"};
  const Outcome done = run_words(compare_words(out, "hybrid,stable_hybrid", absurd));
  EXPECT_EQ(done.code, 4);
  EXPECT_NE(done.err.find("arm 2 of 2"), std::string::npos);
  for (const Json& row : json_of_file(out + "/stage_a_metrics.json")) {
    EXPECT_EQ(row["label"], "nan");
    EXPECT_EQ(row["collapsed"], true);
  }
  for (const Json& row : json_of_file(out + "/crash_hunt_summary.json")["runs"]) EXPECT_EQ(row["crashed"], true);
  EXPECT_TRUE(json_of_file(out + "/metrics.json")["pinn_hybrid"].is_null());
  EXPECT_EQ(json_of_file(out + "/invocation.json")["status"], "failed");
  EXPECT_EQ(json_of_file(out + "/runs/pinn_hybrid/invocation.json")["exit_code"], 4);
  EXPECT_EQ(json_of_file(out + "/runs/pinn_hybrid/stats.json")["has_nan"], true);
  EXPECT_EQ(run_words(compare_words(out, "hybrid,stable_hybrid", absurd)).code, 4) << "NaN would come again";
}

TEST_F(Compare, ResultsOfTheOtherArmsStandBesideAFailure) {
  const std::string out = path("out"), run = out + "/runs/pinn_hybrid";
  ASSERT_EQ(run_words(compare_words(out, "hybrid")).code, 0);
  Json manifest = json_of_file(run + "/manifest.json");
  manifest["exit_code"] = 4;
  manifest["error"] = "epoch 2: found a loss that is nan";
  std::ofstream(run + "/manifest.json") << manifest;
  const Outcome done = run_words(compare_words(out, "hybrid,stable_hybrid"));
  EXPECT_EQ(done.code, 4);
  const Json merged = json_of_file(out + "/metrics.json");
  EXPECT_TRUE(merged["pinn_hybrid"].is_null());
  EXPECT_TRUE(merged["pinn_stable_hybrid"]["ssim"][0].is_number());
  EXPECT_TRUE(fs::exists(out + "/recons/pinn_stable_hybrid/recon.npz"));
  EXPECT_NE(text_of_file(out + "/report.html").find("found a loss that is nan"), std::string::npos);
}

TEST_F(Compare, SeveralSeeds) {
  const std::string out = path("out");
  ASSERT_EQ(run_words(compare_words(out, "hybrid", {"--seeds", "5,6"})).code, 0);
  const Json merged = json_of_file(out + "/metrics.json");
  EXPECT_EQ(merged["pinn_hybrid"], merged["pinn_hybrid_seed5"]);
  EXPECT_NE(merged["pinn_hybrid_seed5"]["ssim"], merged["pinn_hybrid_seed6"]["ssim"]);
  EXPECT_EQ(json_of_file(out + "/runs/pinn_hybrid/seed6/manifest.json")["seeds"]["weights"], 6);
  EXPECT_EQ(json_of_file(out + "/runs/pinn_hybrid/seed6/randomness_contract.json")["effective_seeds"]["order"], 6);
  EXPECT_TRUE(fs::exists(out + "/recons/pinn_hybrid/recon.npz"));
  EXPECT_TRUE(fs::exists(out + "/recons/pinn_hybrid_seed6/recon.npz"));
  // These runs never learn: 2 of 2, whose Wilson interval is 34 to 100 %.
  EXPECT_NE(text_of_file(out + "/stage_a_summary.md").find("| 2 of 2 | 34 to 100 % |"), std::string::npos);
}

TEST_F(Compare, TheCleanProfileValidatesOnAThirdObject) {
  const std::string out = path("out");
  ASSERT_EQ(run_words(compare_words(out, "hybrid", {"--study-profile", "clean"})).code, 0);
  const Json live = json_of_file(out + "/runs/pinn_hybrid/effective.json")["at_first_step"];
  EXPECT_TRUE(live["data"].contains("validation"));
  EXPECT_NE(live["data"]["validation"], live["data"]["test"]);
  EXPECT_EQ(live["loader"]["short_last_batch"], "drop");
  EXPECT_EQ(ptychography::read_metadata(out + "/datasets/N16/gs1/test.npz").set_phi, true);
}

TEST_F(Compare, JsonIsOneObjectOnStandardOutput) {
  const Outcome done = run_words(compare_words(path("out"), "hybrid", {"--json"}));
  const Json json = Json::parse(done.out);
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["runs"][0]["label"], "pinn_hybrid");
  EXPECT_EQ(json["runs"][0]["outcome"], "never_learned");
  EXPECT_TRUE(fs::exists(json["report"].get<std::string>()));
}

TEST_F(Compare, BadInputIsRefusedBeforeAnythingIsMade) {
  const auto refused = [&](ErrorKind kind, const std::string& text, const std::string& out, const std::string& arms,
                           const Words& more = {}) {
    return throws_error(kind, text, [&] { (void)run_words(compare_words(out, arms, more)); });
  };
  EXPECT_TRUE(refused(ErrorKind::config, "hibrid", path("out"), "hybrid,hibrid"));
  EXPECT_TRUE(refused(ErrorKind::config, "twice", path("out"), "hybrid,hybrid"));
  EXPECT_TRUE(refused(ErrorKind::config, "blocks", path("out"), "hybrid", {"--fno-blocks", "8"}));
  EXPECT_FALSE(fs::exists(path("out")));
  std::ofstream(path("file")) << "text";
  EXPECT_TRUE(refused(ErrorKind::config, "found a file", path("file"), "hybrid"));
  EXPECT_TRUE(refused(ErrorKind::storage, "is not a folder", path("file/out"), "hybrid"));
  fs::create_directories(path("old"));
  std::ofstream(path("old/metrics.json")) << "not JSON";
  EXPECT_TRUE(refused(ErrorKind::data, "old/metrics.json", path("old"), "hybrid"));
  EXPECT_FALSE(fs::exists(path("old/datasets")));
  fs::create_directories(path("mine/runs/pinn_hybrid"));
  std::ofstream(path("mine/runs/pinn_hybrid/notes.txt")) << "mine";
  EXPECT_TRUE(refused(ErrorKind::config, "found files in", path("mine"), "hybrid"));
}

}  // namespace
}  // namespace fno::compare
