import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.MachineComplexityEvaluator;
import software.amazon.event.ruler.Patterns;

/**
 * Reads lines of pattern and event, each in base64 with a tab between, and answers each with one line: match, no match, the word
 * "refused" with the base64 of the message if the pattern is not valid, "unreadable" if the event is not.
 */
public final class Judge {
    /** What EventBridge takes; event-ruler leaves the limit to its users. */
    private static final int LIMIT = 10;
    private static final MachineComplexityEvaluator COMPLEXITY = new MachineComplexityEvaluator(LIMIT + 1);
    private static final String TOO_COMPLEX =
        "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character";

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream out = new PrintStream(new java.io.BufferedOutputStream(System.out, 1 << 16), false, "US-ASCII");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] pair = line.split("\t", -1);
            out.println(judge(decode(pair[0]), decode(pair[1])));
        }
        out.flush();
    }

    private static String judge(String pattern, String event) {
        Machine machine = new Machine();
        try {
            for (Map<String, List<Patterns>> rule : JsonRuleCompiler.compile(pattern)) {
                machine.addPatternRule("rule", rule);
            }
        } catch (Exception e) {
            return refused(String.valueOf(e.getMessage()));
        }
        if (machine.evaluateComplexity(COMPLEXITY) > LIMIT) {
            return refused(TOO_COMPLEX);
        }
        try {
            return machine.rulesForJSONEvent(event).isEmpty() ? "no match" : "match";
        } catch (Exception e) {
            return "unreadable";
        }
    }

    private static String refused(String reason) {
        return "refused " + Base64.getEncoder().encodeToString(reason.getBytes(StandardCharsets.UTF_8));
    }

    private static String decode(String text) {
        return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
    }
}
