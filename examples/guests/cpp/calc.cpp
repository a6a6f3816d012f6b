// A calculator: reads one statement per line from stdin, such as "x = 2 * (3 + 4)"
// or "x ^ 2", builds a tree of expressions, prints it and its value. Shows
// iostreams, std::function, virtual calls and recursion.
#include <cctype>
#include <cmath>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <string>

using Variables = std::map<std::string, double>;

struct Expression {
  virtual ~Expression() = default;
  virtual double value(const Variables &variables) const = 0;
  virtual void print(std::ostream &out) const = 0;
};
using ExpressionPtr = std::unique_ptr<Expression>;

struct Number : Expression {
  double number;
  explicit Number(double n) : number(n) {}
  double value(const Variables &) const override { return number; }
  void print(std::ostream &out) const override { out << number; }
};

struct Name : Expression {
  std::string name;
  explicit Name(std::string n) : name(std::move(n)) {}
  double value(const Variables &variables) const override {
    auto found = variables.find(name);
    return found == variables.end() ? NAN : found->second;
  }
  void print(std::ostream &out) const override { out << name; }
};

struct Operator {
  int precedence;
  std::function<double(double, double)> apply;
};

static const std::map<char, Operator> operators = {
    {'+', {1, [](double a, double b) { return a + b; }}},
    {'-', {1, [](double a, double b) { return a - b; }}},
    {'*', {2, [](double a, double b) { return a * b; }}},
    {'/', {2, [](double a, double b) { return a / b; }}},
    {'%', {2, [](double a, double b) { return std::fmod(a, b); }}},
    {'^', {3, [](double a, double b) { return std::pow(a, b); }}},
};

struct Binary : Expression {
  char symbol;
  ExpressionPtr left, right;
  Binary(char s, ExpressionPtr l, ExpressionPtr r) : symbol(s), left(std::move(l)), right(std::move(r)) {}
  double value(const Variables &variables) const override {
    return operators.at(symbol).apply(left->value(variables), right->value(variables));
  }
  void print(std::ostream &out) const override {
    out << '(';
    left->print(out);
    out << ' ' << symbol << ' ';
    right->print(out);
    out << ')';
  }
};

// Precedence climbing; a null pointer stands for a syntax error.
class Parser {
 public:
  explicit Parser(const std::string &text) : text_(text) {}

  ExpressionPtr parse() {
    ExpressionPtr result = binary(1);
    return peek() == 0 ? std::move(result) : nullptr;
  }

 private:
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) at_++;
    return at_ < text_.size() ? text_[at_] : 0;
  }

  ExpressionPtr binary(int least) {
    ExpressionPtr left = primary();
    while (left) {
      char symbol = peek();
      auto found = operators.find(symbol);
      if (found == operators.end() || found->second.precedence < least) break;
      at_++;
      bool to_the_right = symbol == '^';
      ExpressionPtr right = binary(found->second.precedence + !to_the_right);
      if (!right) return nullptr;
      left = std::make_unique<Binary>(symbol, std::move(left), std::move(right));
    }
    return left;
  }

  ExpressionPtr primary() {
    char c = peek();
    if (c == '(') {
      at_++;
      ExpressionPtr inside = binary(1);
      if (peek() != ')') return nullptr;
      at_++;
      return inside;
    }
    if (c == '-') {
      at_++;
      ExpressionPtr operand = primary();
      return operand ? std::make_unique<Binary>('-', std::make_unique<Number>(0), std::move(operand)) : nullptr;
    }
    size_t start = at_;
    if (std::isdigit(static_cast<unsigned char>(c))) {
      while (at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.')) at_++;
      return std::make_unique<Number>(std::strtod(text_.substr(start, at_ - start).c_str(), nullptr));
    }
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_]))) at_++;
    return at_ > start ? std::make_unique<Name>(text_.substr(start, at_ - start)) : nullptr;
  }

  std::string text_;
  size_t at_ = 0;
};

int main() {
  Variables variables = {{"pi", 3.14159265358979323846}};
  std::string line;
  int errors = 0;
  for (int number = 1; std::getline(std::cin, line); number++) {
    std::string target = "it";
    size_t equals = line.find('=');
    if (equals != std::string::npos) {
      size_t end = line.find_last_not_of(' ', equals - 1);
      target = line.substr(0, end + 1);
      line = line.substr(equals + 1);
    }
    ExpressionPtr expression = Parser(line).parse();
    if (!expression) {
      std::cerr << "line " << number << ": syntax error\n";
      errors++;
      continue;
    }
    double value = variables[target] = expression->value(variables);
    std::cout << target << " = ";
    expression->print(std::cout);
    std::cout << " = " << std::setprecision(15) << value << std::setprecision(6) << '\n';
  }
  std::cout << variables.size() << " variables";
  for (const auto &[name, value] : variables) std::cout << std::fixed << ", " << name << ' ' << value;
  std::cout << std::endl;
  return errors ? 1 : 0;
}
