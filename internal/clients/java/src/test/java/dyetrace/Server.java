package dyetrace;

import java.net.URI;
import java.util.concurrent.ThreadLocalRandom;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.regions.Region;

/** The server under test, and an account of this run's own. */
final class Server {
  static final String ENDPOINT = System.getenv("DYETRACE_ENDPOINT");
  static final String ACCOUNT = String.format("%012d", ThreadLocalRandom.current().nextLong(1_000_000_000_000L));

  private Server() {}

  static <B extends AwsClientBuilder<B, C>, C> C client(B builder) {
    return builder
        .endpointOverride(URI.create(ENDPOINT))
        .region(Region.US_EAST_1)
        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCOUNT, "test")))
        .build();
  }
}
