module github.com/dyetrace/dyetrace/examples/testify

go 1.26

require (
	github.com/aws/aws-sdk-go-v2 v1.47.7
	github.com/aws/aws-sdk-go-v2/service/sqs v1.52.10
	github.com/dyetrace/dyetrace v0.0.0
	github.com/dyetrace/dyetrace/dye/dyeaws v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.10 // indirect
	github.com/aws/smithy-go v1.28.8 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace (
	github.com/dyetrace/dyetrace => ../..
	github.com/dyetrace/dyetrace/dye/dyeaws => ../../dye/dyeaws
)
