#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "framework/tensor/tensor.h"

namespace fno {

class Var;

/// Where a backward closure leaves the gradients of its inputs. The only place that decides whether a gradient is
/// moved in (the first) or added (every further one).
class Grads {
 public:
  explicit Grads(const std::vector<Var>& inputs) : inputs_(inputs) {}
  /// Whether there is an input i and anybody asks for its gradient.
  [[nodiscard]] bool wants(std::size_t i) const;
  void add(std::size_t i, const Tensor& grad) const;

 private:
  const std::vector<Var>& inputs_;
};

/// Given dL/dy, adds dL/dx for each wanted input. Captures exactly the tensors that it needs.
using BackwardFn = std::function<void(const Tensor& dy, const Grads& grads)>;

/// A value in a computation that can be differentiated: tensor, gradient, and how it came to be. Copies are handles to
/// the same variable. The gradient of a complex variable is ∂L/∂Re + i·∂L/∂Im.
class Var {
 public:
  Var() = default;
  /// A constant.
  explicit Var(Tensor value) : Var(std::move(value), false) {}
  /// A leaf that gathers a gradient, as a parameter does.
  [[nodiscard]] static Var leaf(Tensor value) { return Var(std::move(value), true); }

  [[nodiscard]] bool defined() const { return state_ != nullptr; }
  /// Every use of an undefined Var but `defined` and `wants_grad` is Error(config).
  [[nodiscard]] const Tensor& value() const { return state().value; }
  /// dL/dx as a plain tensor: no graph leads to it, there are no second derivatives.
  [[nodiscard]] const Tensor& grad() const { return state().grad; }
  [[nodiscard]] bool has_grad() const { return state().grad.defined(); }
  [[nodiscard]] bool wants_grad() const { return state_ && state_->wants_grad; }
  [[nodiscard]] const Shape& shape() const { return value().shape(); }
  [[nodiscard]] std::int64_t shape(int axis) const { return value().shape(axis); }
  [[nodiscard]] Dtype dtype() const { return value().dtype(); }
  [[nodiscard]] const Device& device() const { return value().device(); }
  /// Whether no graph leads to it, nor did before a pass freed it: a constant, a parameter.
  [[nodiscard]] bool is_leaf() const { return !state().node && !state().spent; }
  void zero_grad() const { state().grad = Tensor(); }
  /// Gives a leaf another value of the same shape and device, real or complex as it was; the precision may change.
  /// Graphs made before keep the old one.
  /// Errors: config otherwise.
  void set_value(Tensor value) const;

 private:
  struct Node {
    std::vector<Var> inputs;
    BackwardFn backward;
    std::string scope;                        // that it was recorded under
    std::vector<SavedVersion> versions = {};  // of the inputs' values when the op read them
  };
  struct State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State();  // takes a long graph apart without recursion
    Tensor value, grad;
    std::unique_ptr<Node> node;
    std::uint64_t order = 0;  // of creation: inputs come before what is computed from them
    bool wants_grad = false;
    bool spent = false;  // its node has run and is gone
  };
  Var(Tensor value, bool wants_grad);
  [[nodiscard]] State& state() const {
    require<ErrorKind::config>(state_ != nullptr, "an undefined Var was used");
    return *state_;
  }
  std::shared_ptr<State> state_;

  friend class Grads;
  friend Var record(Tensor, std::vector<Var>, BackwardFn);
  friend void backward(const Var&, const Tensor&);
};

/// The result of an op: remembers inputs and closure if gradients are wanted, else is a constant. A backward pass
/// reads the value of a Var only through what the closure captured. A graph belongs to one host thread at a time.
[[nodiscard]] Var record(Tensor value, std::vector<Var> inputs, BackwardFn backward);

/// Reverse pass from `y` with dL/dy = `dy`: adds into the gradient of every leaf, and frees closures, saved tensors
/// and intermediate gradients as it goes. A leaf's gradient shares its memory with no other tensor.
/// Errors: config if the graph, or a part of it that y shares with another value, was freed by an earlier pass, or if
/// an op's input was overwritten in place since the op read it (Tensor::copy_from, an optimiser's step).
void backward(const Var& y, const Tensor& dy);
/// The same for a scalar loss, dL/dL = 1.
void backward(const Var& loss);

/// While one lives, record() remembers in this thread, or does not; the innermost counts.
class Recording {
 public:
  explicit Recording(bool on);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

 private:
  bool before_;
};

/// While one lives, record() remembers nothing in this thread: for validation and inference.
class NoGrad {
 public:
  NoGrad() = default;

 private:
  Recording off_{false};
};

}  // namespace fno
